#!/bin/sh
# Prints which commit the sources are of: HASH TIME AUTHOR, with "+" behind the hash where files were changed
# since. In what `git archive` made, the file `commit` beside this one says it; in a checkout git is asked;
# where neither knows, nothing is printed.
cd "$(dirname "$0")" || exit 1
case $(cat commit) in
'$Format:'*) ;;
*) exec cat commit ;;
esac
git ls-files --error-unmatch commit >/dev/null 2>&1 || exit 0 # another repository, which holds these files somewhere
line=$(git log -1 --format='%H %ct %an <%ae>') || exit 0
git --no-optional-locks diff --quiet HEAD -- "$(git rev-parse --show-cdup)." || line="${line%% *}+ ${line#* }"
echo "$line"
