# Completion of agentmake in bash: options and their values, and what the Agentfile has, which
# `agentmake --graph=json` says without running anything.

((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 403)) || return 0 # macOS's own is too old

# Splits a line up to the cursor into the array `words`, without their quotes; the last is being typed,
# from `begin` on, inside of `quote`.
__agentmake_split() {
	local line=$1 i c
	words=('') quote='' begin=0
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1}
		if [[ $quote && $c == "$quote" ]]; then
			quote=
		elif [[ $quote != \' && $c == \\ ]]; then
			words[-1]+=${line:$((++i)):1}
		elif [[ ! $quote && ($c == \" || $c == \') ]]; then
			quote=$c
		elif [[ ! $quote && $c == [[:blank:]] ]]; then
			((i == begin)) || words+=('')
			begin=$((i + 1))
		else
			words[-1]+=$c
		fi
	done
}

# What the Agentfile has, a line each: "tNAME<tab>TITLE" for a task, "@TAG", "=VARIABLE", "vTASK=VARIANT".
__agentmake_ask() {
	"${asked[@]}" --graph=json 2>/dev/null </dev/null | awk '
	function string(s) {
		gsub(/\\"/, "\"", s)
		gsub(/\\\\/, "\\", s)
		return s
	}
	function list(key, before, s, w) {
		s = index($0, key) ? substr($0, index($0, key) + length(key)) : ""
		while (match(s, /^,?"([^"\\]|\\["\\])*"/)) {
			w = substr(s, 1, RLENGTH - 1)
			s = substr(s, RLENGTH + 1)
			sub(/^,?"/, "", w)
			if (w != "" && !seen[before w]++)
				print before string(w)
		}
	}
	/^  "/ && match($0, /"[^"]*"/) { print "=" substr($0, RSTART + 1, RLENGTH - 2) }
	/^  \{"name":"/ && match($0, /^  \{"name":"([^"\\]|\\.)*"/) {
		name = string(substr($0, 12, RLENGTH - 12))
		title = substr($0, RLENGTH + 11)
		match(title, /^([^"\\]|\\.)*/)
		print "t" name "\t" string(substr(title, 1, RLENGTH))
		list(",\"tags\":[", "@")
		list(",\"variants\":[", "v" name "=")
	}'
}

# Adds those of the lines of standard input that the word begins, as they have to be typed.
__agentmake_offer() {
	local line
	while IFS= read -r line; do
		[[ $line == "$cur"* ]] || continue
		line=${line:${#head}}
		case $quote in
		\") line=${line//\\/\\\\} line=${line//\"/\\\"} line=${line//\$/\\\$} line=${line//\`/\\\`} ;;
		\') line=${line//\'/\'\\\'\'} ;;
		*) [[ $line == *[!A-Za-z0-9_./@%+,=:-]* ]] && printf -v line %q "$line" ;;
		esac
		COMPREPLY+=("$line")
	done
	# what a value is still to follow
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}

# Offers files (-f) or folders (-d), those of the folder that -C names.
__agentmake_files() {
	local line
	compopt -o filenames 2>/dev/null
	while IFS= read -r line; do
		line=$before$line
		COMPREPLY+=("${line:${#head}}")
	done < <(cd -- "${folder:-.}" 2>/dev/null && compgen "$1" -- "${cur#"$before"}")
}

# Offers what may be the value of an option.
__agentmake_value() {
	case $1 in
	-C | --directory) folder='' && __agentmake_files -d ;;
	-f | --file | --events | --junit | --report | --trace | --owners | --import) __agentmake_files -f ;;
	--sandbox) __agentmake_offer < <(printf '%s\n' "$before"{auto,require,off,bwrap,landlock}) ;;
	-n | --dry-run | --status) __agentmake_offer < <(printf '%s\n' "$before"{text,json}) ;;
	--graph) __agentmake_offer < <(printf '%s\n' "$before"{dot,mermaid,json}) ;;
	--fmt) __agentmake_offer < <(printf '%s\n' "$before"{check,print}) ;;
	--prompt | --log | --diff | --compare | --claim | --complete | --release)
		__agentmake_offer < <(__agentmake_ask | sed -n "s/^t\([^	]*\).*/$before\1/p") ;;
	--choose) __agentmake_offer < <(__agentmake_ask | sed -n "s/^v/$before/p") ;;
	esac
}

_agentmake() {
	local words quote begin line=${COMP_LINE:0:COMP_POINT} cur head before='' folder='' only='' files='' i
	local -a asked=()
	COMPREPLY=()
	__agentmake_split "$line"
	cur=${words[-1]}

	# readline puts what we say in the place of $2, the end of the word: what stands before stays
	head=${line:begin}
	if [[ $head == *"$2" ]]; then
		local all=("${words[@]}") open=$quote
		__agentmake_split "${head:0:${#head}-${#2}}"
		head=${words[-1]} words=("${all[@]}") quote=$open
	else
		head=''
	fi

	# what decides which Agentfile it is goes to who is asked
	asked=("${words[0]/#\~\//$HOME/}")
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		--) only=words && break ;;
		--fmt | --fmt=*) files=yes ;;
		-C | --directory) folder=${words[++i]/#\~\//$HOME/} asked+=(-C "$folder") ;;
		--directory=*) folder=${words[i]#*=} asked+=("${words[i]}") ;;
		-f | --file) asked+=(-f "${words[++i]/#\~\//$HOME/}") ;;
		--file=* | [A-Za-z_]*=*) asked+=("${words[i]}") ;;
		-j | --jobs | --import | --sandbox | --events | --junit | --report | --trace | --owners | --prompt | --log | \
			--diff | --compare | --choose | --claim | --complete | --release) ((i++)) ;;
		esac
	done

	if [[ ! $only && $i -ge ${#words[@]} ]]; then # the word before takes a value, which this is
		__agentmake_value "${words[-2]}"
	elif [[ ! $only && $cur == -*=* ]]; then
		before=${cur%%=*}=
		__agentmake_value "${before%=}"
	elif [[ ! $only && $cur == -* ]]; then
		__agentmake_offer <<-'END'
			--init
			--import
			-j
			--jobs
			-y
			--yes
			-k
			--keep-going
			-S
			--stop
			-B
			--always
			--one-batch
			--sandbox
			--shuffle
			--shuffle=
			-s
			--silent
			--events
			--junit
			--report
			--trace
			--annotate
			-n
			--dry-run
			--dry-run=
			-q
			--question
			--explain
			--check
			--graph
			--graph=
			--conflicts
			--owners
			--prompt
			--simulate
			--simulate=
			--agents
			--status
			--status=
			--log
			-F
			--follow
			--diff
			--compare
			--history
			--fsck
			--land
			--approve
			--choose
			--discard
			--undo
			--mark-done
			--claim
			--complete
			--release
			--clean
			--fmt
			--fmt=
			-f
			--file
			-C
			--directory
			-h
			--help
			--version
		END
	elif [[ $files ]]; then
		__agentmake_files -f
	elif [[ $cur != *=* ]]; then
		__agentmake_offer < <(__agentmake_ask | sed -n 's/^t\([^	]*\).*/\1/p; s/^=\(.*\)/\1=/p; /^@/p')
	fi
}

complete -F _agentmake agentmake
