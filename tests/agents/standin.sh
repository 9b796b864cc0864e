#!/bin/sh
# Stands in for an agent program, under whose name it is called (by a link: claude -> standin.sh): takes the
# flags that the program documents, reads the brief where the program would, does the work, and prints the
# events that the program would print.
#
# usage: standin.sh --install FOLDER        links FOLDER/claude … FOLDER/aider to this file
#        PROGRAM ARGUMENT…
#
# STANDIN_DO      the work: a command for sh, run in the current folder; its output is not shown
# STANDIN_CASE    which events, events/PROGRAM.CASE.jsonl (aider: .txt), and how it ends; of several words the
#                 first is for the first attempt ($AGENTMAKE_ATTEMPT) and so on, the last for all further ones:
#     success       ends with 0
#     is_error      the events tell of a failure, the exit status is 0 all the same
#     turn-failed   the events tell of a failure, exit status 1
#     limit         a usage or rate limit, exit status 1
#     no-terminal   as success, but without the last event
#     lingers       as success, but stays alive for $STANDIN_SECONDS (600) after the last event
#     cut           the output ends in the middle of a line
#     unknown       as success, with events and fields that nobody has heard of
#     approve       as success; what it says ends with that verdict
#     reject        the same
# STANDIN_REVIEW  the same for briefs that begin with `# Review:`; without it STANDIN_CASE. It does no work there
# STANDIN_EXIT    exit with this status instead
# STANDIN_BRIEF   a file: the brief that it was given is written there, with `.N` behind the name for attempt N,
#                 and `.review` in between where it is one
# STANDIN_LOG     a file: the command line is added to it, an argument in <>
#
# A flag that the program does not have, a value that it does not take or no prompt at all: exit status 64,
# and the reason on standard error. The flags are those of claude 2.1.197, codex 0.169.0, gemini 0.61.0, copilot
# 1.0.102, opencode 1.18.33 and amp 0.0.1790142911 by their --help, of goose, cursor-agent and aider by their pages
# (src/lang/prelude.agentfile names them), as far as a headless run has a use for them.
set -u

self=$(readlink -f "$0")
here=$(dirname "$self")
programs="claude codex gemini copilot opencode goose cursor-agent amp aider"

if [ "${1-}" = --install ] && [ $# = 2 ]; then
	mkdir -p "$2" || exit 1
	for p in $programs; do
		ln -sf "$self" "$2/$p" || exit 1
	done
	exit 0
fi

program=${0##*/}
reject() { printf '%s (stand-in): %s\n' "$program" "$*" >&2; exit 64; }

if [ -n "${STANDIN_LOG-}" ]; then
	{ printf '%s' "$program"; [ $# = 0 ] || printf ' <%s>' "$@"; echo; } >>"$STANDIN_LOG"
fi

# one_of FLAG VALUE CHOICE…
one_of() {
	flag=$1 value=$2
	shift 2
	for choice; do [ "$value" = "$choice" ] && return; done
	reject "$flag does not take '$value', but: $*"
}

# ---- flags: `switches` stand alone, `valued` take the next word (or =VALUE), `optional` may, `many` take all up to the next flag ----
switches= valued= optional= many= command=
case $program in
claude)
	switches=" -p --print --verbose --bare --include-partial-messages --no-session-persistence --strict-mcp-config
		--dangerously-skip-permissions --fork-session --safe-mode -c --continue "
	valued=" --output-format --input-format --permission-mode --model --session-id --max-budget-usd --settings
		--append-system-prompt --system-prompt --json-schema --fallback-model --effort --agent --agents --tools
		-r --resume --setting-sources "
	many=" --allowedTools --allowed-tools --disallowedTools --disallowed-tools --add-dir --mcp-config " ;;
codex)
	switches=" --json --skip-git-repo-check --ephemeral --ignore-user-config --ignore-rules --strict-config --oss
		--dangerously-bypass-approvals-and-sandbox --last --all --worktree --trust "
	valued=" -c --config --enable --disable -i --image -m --model -p --profile -s --sandbox -C --cd --add-dir
		--output-schema --color -o --output-last-message --local-provider " ;;
gemini)
	switches=" -d --debug --skip-trust -s --sandbox -y --yolo --raw-output "
	valued=" -m --model -p --prompt --approval-mode -e --extensions --include-directories -r --resume --session-id
		--session-file -o --output-format --policy --allowed-tools --allowed-mcp-server-names " ;;
copilot)
	switches=" -s --silent --allow-all --allow-all-tools --allow-all-paths --allow-all-urls --yolo --autopilot
		--no-ask-user --no-auto-update --no-color --no-custom-instructions --disable-builtin-mcps --continue
		--trust-folder --no-remote "
	valued=" -p --prompt --model --output-format --stream --add-dir --agent --session-id -n --name -C --log-dir
		--log-level --max-autopilot-continues --reasoning-effort --additional-mcp-config --mode "
	optional=" -r --resume --allow-tool --deny-tool --allow-url --deny-url --available-tools --excluded-tools " ;;
opencode)
	switches=" --auto -c --continue --fork --share --thinking --print-logs --pure "
	valued=" -s --session -m --model --agent --format -f --file --title --attach --dir --port --variant --log-level
		--command " ;;
goose)
	switches=" -q --quiet -r --resume --no-session --debug "
	valued=" -i --instructions -t --text --system -n --name --session-id --output-format --max-turns --provider
		--model --with-builtin --with-extension --max-tool-repetitions --recipe --params " ;;
cursor-agent)
	switches=" -p --print -f --force --yolo --trust --approve-mcps --stream-partial-output --continue --plan "
	valued=" --output-format --model --mode --api-key -H --header --resume --workspace --sandbox " ;;
amp)
	switches=" -x --execute --stream-json --stream-json-thinking --dangerously-allow-all --no-ide --no-notifications
		--no-color --fast --archive --last "
	valued=" -m --mode --settings-file --log-level --log-file --mcp-config --visibility --title " ;;
aider)
	switches=" --yes-always --no-stream --stream --no-pretty --no-auto-commits --auto-commits --no-dirty-commits
		--no-gitignore --no-check-update --no-show-release-notes --analytics-disable --no-analytics --no-git --auto-test
		--no-fancy-input --no-detect-urls --no-suggest-shell-commands --no-browser --no-show-model-warnings "
	valued=" -m --message --msg -f --message-file --model --weak-model --edit-format --test-cmd --lint-cmd --read
		--file --chat-history-file --input-history-file --analytics-log --map-tokens --llm-history-file " ;;
*) reject "called under a name that it does not know; one of: $programs" ;;
esac
# the lists as words between single blanks
switches=" $(echo $switches) " valued=" $(echo $valued) " optional=" $(echo $optional) " many=" $(echo $many) "

session= prompt= prompt_file= words= given=" " last=
has() { case $given in *" $1 "*) return 0 ;; esac; return 1; }

take() {
	case $1 in
	--output-format)
		case $program in
		claude) one_of "$1" "$2" text json stream-json ;;
		copilot) one_of "$1" "$2" text json ;;
		*) one_of "$1" "$2" text json stream-json ;;
		esac
		format=$2 ;;
	-o) [ $program = gemini ] && { one_of "$1" "$2" text json stream-json; format=$2; } ;;
	--format) one_of "$1" "$2" default json; format=$2 ;;
	--permission-mode) one_of "$1" "$2" acceptEdits auto bypassPermissions default dontAsk plan ;;
	--approval-mode) one_of "$1" "$2" default auto_edit yolo plan ;;
	--stream) [ $program = copilot ] && one_of "$1" "$2" on off ;;
	--sandbox | -s)
		case $program in
		codex)
			[ "$command" = "exec resume" ] && reject "'codex exec resume' has no $1; it stands before 'resume'"
			one_of "$1" "$2" read-only workspace-write danger-full-access ;;
		cursor-agent) one_of "$1" "$2" enabled disabled ;;
		opencode) session=$2 ;;
		esac ;;
	--mode) [ $program = cursor-agent ] && one_of "$1" "$2" plan ask ;;
	--resume | -r | --session) session=$2 ;;
	-p | --prompt) [ $program = codex ] || prompt=$2 ;;
	-m) [ $program = aider ] && prompt=$2 ;;
	-t | --text | --message | --msg) prompt=$2 ;;
	-i | --instructions) [ $program = goose ] && prompt_file=$2 ;;
	-n | --name) [ $program = goose ] && goose_name=$2 ;;
	-f | --message-file) [ $program = aider ] && prompt_file=$2 ;;
	esac
	return 0
}

format= goose_name=
case $program in # the subcommand
codex) [ "${1-}" = exec ] || reject "the command is 'codex exec'"; command=exec; shift ;;
opencode) [ "${1-}" = run ] || reject "the command is 'opencode run'"; command=run; shift ;;
goose) [ "${1-}" = run ] || reject "the command is 'goose run'"; command=run; shift ;;
amp)
	if [ "${1-} ${2-}" = "threads continue" ]; then
		command="threads continue"
		shift 2
	fi ;;
esac

while [ $# -gt 0 ]; do
	word=$1
	shift
	case $word in
	--*=*)
		flag=${word%%=*} value=${word#*=}
		case "$valued$optional$many" in *" $flag "*) ;; *) reject "unknown flag: $word" ;; esac
		given="$given$flag "
		take "$flag" "$value"
		continue ;;
	-) [ $program = codex ] || reject "'-' is no argument of it"; words="$words -"; continue ;;
	-*) ;;
	*)
		case "$program $command" in
		"codex exec")
			if [ "$word" = resume ]; then command="exec resume"; continue; fi
			[ -z "$prompt" ] || reject "two prompts"
			prompt=$word ;;
		"codex exec resume")
			if [ -z "$session" ]; then session=$word; else prompt=$word; fi ;;
		"amp threads continue") if [ -z "$session" ]; then session=$word; else prompt=$word; fi ;;
		"amp " | claude* | gemini* | cursor-agent* | opencode*) prompt="$prompt${prompt:+ }$word" ;;
		aider*) words="$words $word" ;;
		*) reject "unexpected argument: $word" ;;
		esac
		continue ;;
	esac
	case $switches in *" $word "*) given="$given$word "; continue ;; esac
	case $optional in
	*" $word "*)
		given="$given$word "
		case ${1-} in "" | -*) ;; *) take "$word" "$1"; shift ;; esac
		continue ;;
	esac
	case "$command $word" in
	"exec resume -C" | "exec resume --cd" | "exec resume --add-dir" | "exec resume --color" | "exec resume -p" | "exec resume --profile")
		[ $program != codex ] || reject "'codex exec resume' has no $word; it stands before 'resume'" ;;
	esac
	case $valued in
	*" $word "*)
		[ $# -gt 0 ] || reject "$word needs a value"
		given="$given$word "
		take "$word" "$1"
		shift
		continue ;;
	esac
	case $many in
	*" $word "*)
		[ $# -gt 0 ] || reject "$word needs a value"
		given="$given$word "
		while [ $# -gt 0 ]; do case $1 in -*) break ;; *) shift ;; esac; done
		continue ;;
	esac
	reject "unknown flag: $word"
done

# ---- what a headless run of each needs, and where its prompt comes from ----
case $program in
claude)
	has -p || has --print || reject "without -p it is interactive"
	[ "$format" != stream-json ] || has --verbose || reject "--output-format stream-json needs --verbose" ;;
cursor-agent) has -p || has --print || reject "without -p it is interactive" ;;
amp) has -x || has --execute || reject "without -x it is interactive" ;;
goose) [ -n "$prompt$prompt_file" ] || reject "it needs -i or -t"
	has -r || has --resume && { [ -n "$goose_name" ] && session=$goose_name; } ;;
aider) [ -n "$prompt$prompt_file" ] || reject "without --message or --message-file it is interactive" ;;
codex) [ "$command" != "exec resume" ] || [ -n "$session" ] || has --last || reject "resume what?" ;;
esac

brief=$(mktemp) || exit 1
trap 'rm -f "$brief"' EXIT
case $program in
aider | cursor-agent) ;;
goose) [ "$prompt_file" = - ] && cat >"$brief" ;;
*) [ -n "$prompt" ] || cat >"$brief" ;;
esac
if [ -n "$prompt" ]; then
	printf '%s\n' "$prompt" >"$brief"
elif [ -n "$prompt_file" ] && [ "$prompt_file" != - ]; then
	cat "$prompt_file" >"$brief" || reject "no such file: $prompt_file"
fi
[ -s "$brief" ] || reject "no prompt"
review=
case $(head -n 1 "$brief") in "# Review:"*) review=.review ;; esac
[ -z "${STANDIN_BRIEF-}" ] \
	|| cp "$brief" "$STANDIN_BRIEF$review${AGENTMAKE_ATTEMPT:+.$AGENTMAKE_ATTEMPT}" || exit 1

# ---- the work and the events ----
# nth N WORD…: the Nth word, or the last
nth() {
	n=$1
	shift
	while [ "$n" -gt 1 ] && [ $# -gt 1 ]; do shift; n=$((n - 1)); done
	echo "$1"
}

case=${STANDIN_CASE:-success} status=0
[ -z "$review" ] || case=${STANDIN_REVIEW:-$case}
case=$(nth "${AGENTMAKE_ATTEMPT:-1}" $case)
what=$case
case $case in
success | is_error | no-terminal | cut | unknown | approve | reject) ;;
lingers) what=success ;;
turn-failed | limit) status=1 ;;
*) reject "unknown STANDIN_CASE: $case" ;;
esac
# where a session that goes on is told of differently
[ $what = success ] && [ -n "$session" ] && [ -r "$here/events/$program.resumed.jsonl" ] && what=resumed
events=$here/events/$program.$what.jsonl
[ $program = aider ] && events=$here/events/aider.$what.txt
[ -r "$events" ] || reject "no events: $events"

if [ -n "${STANDIN_DO-}" ] && [ -z "$review" ]; then
	sh -c "$STANDIN_DO" </dev/null >/dev/null 2>&1 || { echo "$program (stand-in): STANDIN_DO failed" >&2; exit 65; }
fi

# the session that is resumed, or else the one of the events
case $session in
"" | *[!A-Za-z0-9_-]*) cat "$events" ;;
*) sed -E "s/(\"(session_id|thread_id|sessionID|sessionId)\":\")[^\"]*/\1$session/" "$events" ;;
esac

rm -f "$brief"
[ $case = lingers ] && sleep "${STANDIN_SECONDS:-600}"
exit "${STANDIN_EXIT:-$status}"
