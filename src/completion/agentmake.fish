# Completion of agentmake in fish: options and their values, and what the Agentfile has, which
# `agentmake --graph=json` says without running anything.

# What the Agentfile has, a line each: "tNAME<tab>TITLE" for a task, "@TAG", "=VARIABLE", "vTASK=VARIANT".
function __agentmake_ask
    set -l words (commandline -opc)
    set -l asked (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l i 2
    while test $i -le (count $words)
        set -l next (math $i + 1)
        switch $words[$i]
            case --
                break
            case -C --directory -f --file
                if test $next -le (count $words)
                    set -a asked $words[$i] (string replace -r '^~/' "$HOME/" -- $words[$next])
                end
                set i $next
            case '--directory=*' '--file=*'
                set -a asked $words[$i]
            case -j --jobs --import --sandbox --events --junit --report --trace --owners --prompt --log --diff --compare --choose \
                --claim --complete --release
                set i $next
            case '-*'
            case '*=*'
                set -a asked $words[$i]
        end
        set i (math $i + 1)
    end
    command $asked --graph=json 2>/dev/null </dev/null | awk '	function string(s) {
		gsub(/\\\\"/, "\"", s)
		gsub(/\\\\\\\\/, "\\\\", s)
		return s
	}
	function list(key, before, s, w) {
		s = index($0, key) ? substr($0, index($0, key) + length(key)) : ""
		while (match(s, /^,?"([^"\\\\]|\\\\["\\\\])*"/)) {
			w = substr(s, 1, RLENGTH - 1)
			s = substr(s, RLENGTH + 1)
			sub(/^,?"/, "", w)
			if (w != "" && !seen[before w]++)
				print before string(w)
		}
	}
	/^  "/ && match($0, /"[^"]*"/) { print "=" substr($0, RSTART + 1, RLENGTH - 2) }
	/^  \{"name":"/ && match($0, /^  \{"name":"([^"\\\\]|\\\\.)*"/) {
		name = string(substr($0, 12, RLENGTH - 12))
		title = substr($0, RLENGTH + 11)
		match(title, /^([^"\\\\]|\\\\.)*/)
		print "t" name "\t" string(substr(title, 1, RLENGTH))
		list(",\"tags\":[", "@")
		list(",\"variants\":[", "v" name "=")
	}'
end

function __agentmake_tasks
    __agentmake_ask | string replace -rf '^t' ''
end

function __agentmake_choices
    __agentmake_ask | string replace -rf '^v' ''
end

# files of the folder that -C names
function __agentmake_files
    set -l token (string replace -r '^--[a-z]+=' '' -- (commandline -ct))
    set -l words (commandline -opc)
    set -l folder
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -C --directory
                set folder $words[(math $i + 1)]
            case '--directory=*'
                set folder (string replace -r '^[^=]*=' '' -- $words[$i])
        end
    end
    if test -z "$folder"; or string match -qr '^[~/]' -- $token
        __fish_complete_path $token
        return
    end
    set folder (string replace -r '^~/' "$HOME/" -- $folder)/
    set -l found $folder$token*
    for path in $found
        test -d $path; and set path $path/
        string sub -s (math (string length -- $folder) + 1) -- $path
    end
end

function __agentmake_words
    if commandline -opc | string match -qr '^--fmt(=|$)'
        __agentmake_files
        return
    end
    __agentmake_ask | string replace -r '^=(.*)' '$1=\tvariable' | string replace -r '^(@.*)' '$1\ttag' \
        | string match -rv '^v' | string replace -r '^t' ''
end

complete -c agentmake -f -a '(__agentmake_words)'
complete -c agentmake -l init -d 'write a first Agentfile that fits the repository'
complete -c agentmake -l import -x -a '(__agentmake_files)' -d 'write one from a tasks.json, tasks.md, CODEOWNERS, Makefile or list of commands; say what it lacks'
complete -c agentmake -s j -l jobs -x -d 'run at most N agents at once (default: jobs, or 1)'
complete -c agentmake -s y -l yes -d 'do not ask before running'
complete -c agentmake -s k -l keep-going -d 'after a failure go on with what it does not block (the default)'
complete -c agentmake -s S -l stop -d 'after a failure start nothing new'
complete -c agentmake -s B -l always -d 'redo tasks that are up to date'
complete -c agentmake -l one-batch -d 'run the first batch alone; exit 3 if work remains'
complete -c agentmake -l sandbox -x -a 'auto require off bwrap landlock' -d 'auto, require, off, bwrap or landlock, whatever the Agentfile says'
complete -c agentmake -l shuffle -d 'start ready tasks in an order by chance'
complete -c agentmake -s s -l silent -d 'no progress, only failures and the end'
complete -c agentmake -l events -x -a '(__agentmake_files)' -d 'write each transition as a line of JSON; - is standard output'
complete -c agentmake -l junit -x -a '(__agentmake_files)' -d 'at the end, write a JUnit report with a test case for each task'
complete -c agentmake -l report -x -a '(__agentmake_files)' -d 'at the end, or with --status, write a page that tells the run whole; - is standard output'
complete -c agentmake -l trace -x -a '(__agentmake_files)' -d 'the same as trace events, which Perfetto opens; - is standard output'
complete -c agentmake -l annotate -d 'errors and failed tasks as annotations for GitHub Actions, where it is the default'
complete -c agentmake -s n -l dry-run -a 'text json' -d 'show what would be run, in which batches, and why'
complete -c agentmake -s q -l question -d 'print nothing; exit 1 if there is work'
complete -c agentmake -l explain -d 'why each task would run, or is up to date'
complete -c agentmake -l check -d 'report what is wrong with the Agentfile, and the sandbox in force'
complete -c agentmake -l graph -a 'dot mermaid json' -d 'the tasks and what blocks them'
complete -c agentmake -l conflicts -d 'which tasks could touch the same file, with a witness'
complete -c agentmake -l owners -x -a '(__agentmake_files)' -d 'which tasks own, share or read a path'
complete -c agentmake -l prompt -x -a '(__agentmake_tasks)' -d 'the brief that the task\'s agent gets'
complete -c agentmake -l simulate -d 'what the run would take with -j N, and how many agents would be idle'
complete -c agentmake -l agents -d 'who can be asked, which are installed, what each reports'
complete -c agentmake -l status -a 'text json' -d 'the last run, task by task'
complete -c agentmake -l log -x -a '(__agentmake_tasks)' -d 'the log of the task\'s last attempt'
complete -c agentmake -s F -l follow -d 'with --log: go on as it grows'
complete -c agentmake -l diff -x -a '(__agentmake_tasks)' -d 'what the task changed'
complete -c agentmake -l compare -x -a '(__agentmake_tasks)' -d 'the task\'s variants, side by side'
complete -c agentmake -l history -d 'the attempts of all runs'
complete -c agentmake -l fsck -d 'check that nothing is lost, and all that is merged is what was verified; say how to mend what is not so'
complete -c agentmake -l land -d 'bring the base branch to the integration branch'
complete -c agentmake -l approve -d 'take work that waits for a review at your word'
complete -c agentmake -l choose -x -a '(__agentmake_choices)' -d 'take this variant, where choose ask waits for you'
complete -c agentmake -l discard -d 'give up their unmerged work'
complete -c agentmake -l undo -d 'take their merged changes back out'
complete -c agentmake -l mark-done -d 'take them as done as they are'
complete -c agentmake -l claim -x -a '(__agentmake_tasks)' -d 'do it by hand: lease a worktree for it, and print its path'
complete -c agentmake -l complete -x -a '(__agentmake_tasks)' -d 'check, verify and merge what is in the claimed worktree'
complete -c agentmake -l release -x -a '(__agentmake_tasks)' -d 'give the claim up; what was done is kept'
complete -c agentmake -l clean -d 'remove worktrees and branches whose content is merged'
complete -c agentmake -l fmt -a 'check print' -d 'format the Agentfile, or the files named: its layout, not its meaning'
complete -c agentmake -s f -l file -x -a '(__agentmake_files)' -d 'read (with --init and --import: write) this instead of Agentfile'
complete -c agentmake -s C -l directory -x -a '(__fish_complete_directories)' -d 'go there first'
complete -c agentmake -s h -l help -d 'this'
complete -c agentmake -l version -d 'versions of agentmake and of what it is made with'
