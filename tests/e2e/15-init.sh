#!/bin/sh
# --init: a first Agentfile for each kind of repository, which passes --check and has a plan.
. "$E2E/lib.sh"

# programs that are there, and no agent
mkdir bin
for program in git sh; do
	ln -s "$(command -v $program)" bin/$program
done
alone() {
	PATH=$top/bin am "$@"
}

# kind NAME: a fresh repository, empty but for a first commit
kind() {
	it "fits a repository of: $1"
	cd "$top" || exit 1
	git init -q -b main "$1" && cd "$1" || exit 1
	git config user.name Tester
	git config user.email tester@example.com
	git commit -q --allow-empty -m first
}

# file NAME [CONTENT]
file() {
	mkdir -p "$(dirname "./$1")" && printf '%s\n' "${2:-x}" >"$1"
}

# has LINE…: the Agentfile has these lines
has() {
	for line; do
		grep -qxF -- "$line" Agentfile || fail "no line '$line' in: $(cat Agentfile)"
	done
}

lacks() {
	! grep -q -- "$1" Agentfile || fail "there is '$1' in: $(cat Agentfile)"
}

# said TEXT: --init did, in init
said() {
	grep -qF -- "$1" "$top/said" || fail "--init did not say '$1', but: $(cat "$top/said")"
}

# commits what is there, and lets --init look at it
init() {
	rm -f Agentfile
	git add -A && git commit -q --allow-empty -m files
	alone --init
	status_is 0
	is "$(cat "$top/out")" ""
	err_has "wrote 'Agentfile'; look at the plan with: agentmake -n"
	cp "$top/err" "$top/said"
	is "$(git status --porcelain)" "?? Agentfile"
	[ "$(wc -l <Agentfile)" -le 65 ] || fail "it is too long: $(cat Agentfile)"
	alone --check
	status_is 0
	is "$(cat "$top/err")" "" "--check"
	alone -n
	status_is 0
	out_has "1 task to run"
	am --fmt=check
	status_is 0
	# what is commented out, too
	sed '1,/^task/b; s/^# \(task\|    \)/\1/; /agentmake --import/d' Agentfile >all.agentfile
	[ "$(grep -c '^task' all.agentfile)" = 3 ] || fail "not three tasks: $(cat all.agentfile)"
	alone -f all.agentfile --check
	[ "$status" = 0 ] || fail "uncommented it is wrong: $(cat all.agentfile)"
	rm all.agentfile
}

kind npm
file package.json '{"scripts": {"test": "vitest run", "lint": "eslint .", "build": "tsc"}, "devDependencies": {"vitest": "3"}}'
file package-lock.json '{}'
file src/index.ts && file src/deep/other.ts && file test/index.test.ts
file .github/workflows/ci.yml && file CHANGELOG.md && file .github/CODEOWNERS '* @me'
file .gitignore '.env
node_modules/'
file .env 'TOKEN=1'
init
said "found TypeScript (3 files), npm"
has 'setup npm ci' '# copy .env' 'protect .github/workflows/** .github/CODEOWNERS' '    shares   CHANGELOG.md package-lock.json' \
	'    agent    claude' '        npm run lint' '        npm test' '    owns    AGENTS.md' '# task deep'
has "# protect .github/workflows/** .github/CODEOWNERS test/** **/*.test.ts" \
	"#     agentmake --import .github/CODEOWNERS -f -"
lacks typecheck

kind pnpm
file package.json '{"private": true, "scripts": {"test": "echo \"Error: no test specified\" && exit 1", "typecheck": "tsc"}}'
file pnpm-lock.yaml
file pnpm-workspace.yaml "# all
packages:
  - 'packages/*'   # ours
  - \"!packages/old\"
  - apps/web
other:
  - tools/*"
file packages/core/src/a.ts && file packages/ui/src/b.tsx && file apps/web/c.ts && file tools/x/d.ts
init
has 'setup pnpm install --frozen-lockfile' '    verify   pnpm run typecheck' '# task core' '#     owns    packages/core/**' \
	'# task ui: core'
lacks 'pnpm test'

kind cargo
file Cargo.toml '[workspace]
members = [ "crates/one", # first
  "crates/two" ]'
file Cargo.lock && file crates/one/src/lib.rs && file crates/two/src/lib.rs
init
has '    shares   Cargo.lock' '    verify   cargo test' '# task one' '# task two: one' '#     reads   crates/one/**'
said "found Rust (2 files), cargo"

kind go
file go.mod 'module x' && file go.sum && file cmd/x/main.go && file internal/y/y.go && file internal/y/y_test.go
init
has 'setup go mod download' '        go vet ./...' '        go test ./...' '    shares   go.sum'

kind go-work
file go.work 'go 1.24
use (
	./api
	./web // the page
	./x;ls
	"./a b"
	.
	./web/deep/er/mod
	../other
)'
file web/deep/er/mod/go.mod
file api/go.mod && file api/main.go && file web/go.mod && file web/main.go && file 'x;ls/main.go'
init
has '        go test ./api/...' '        go test ./web/...' "        go test './x;ls/...'" "        go test './a b/...'" '# task web: api' \
	'        go test ./...' '        go test ./web/deep/er/mod/...'
lacks other/

kind uv
file pyproject.toml '[project]
name = "x"
[dependency-groups]
dev = ["pytest"]'
file uv.lock && file src/x/a.py && file tests/test_a.py
init
has 'setup uv sync --frozen' '    verify   uv run pytest' '#     owns    src/x/**'

kind plain-python
file setup.py && file x/a.py && file x/test_a.py
file .gitignore .env && file .env/bin/activate # a virtual environment, and no settings
init
lacks 'copy'
has '    verify   python3 -m unittest discover'
lacks '^setup'

kind make
file Makefile 'all: x
	cc x.c

check:	x
	./x'
file src/a.c && file src/b.h
init
has '    verify   make check'
said "found C (2 files), make"

kind cmake
file CMakeLists.txt 'enable_testing()' && file lib/a.cpp && file .gitignore '/build/'
init
has '        cmake -B build && cmake --build build' '        ctest --test-dir build --output-on-failure'

kind gradle
file build.gradle.kts && file gradlew && file src/main/java/A.java && file src/test/java/ATest.java
init
has '    verify   ./gradlew test' '# protect src/test/** **/*Test.java'

kind ruby
file Gemfile 'gem "rspec"' && file Gemfile.lock && file lib/a.rb && file spec/a_spec.rb
init
has 'setup bundle install' '    verify   bundle exec rspec' '    shares   Gemfile.lock'

kind php
file composer.json '{"scripts": {"test": "phpunit"}}' && file composer.lock && file src/A.php
init
has 'setup composer install --no-interaction' '    verify   composer test'

kind dotnet
file App.sln && file App/a.cs
init
has 'setup dotnet restore' '    verify   dotnet test'

kind dart
file pubspec.yaml 'name: x' && file lib/a.dart && file test/a_test.dart
init
has 'setup dart pub get' '    verify   dart test'

kind flutter
file pubspec.yaml 'dependencies:
  flutter:
    sdk: flutter' && file lib/a.dart && file test/a_test.dart
init
has 'setup flutter pub get' '    verify   flutter test'

kind empty
init
has '# nothing was found that tests this repository. Name it below, as '"'verify COMMAND'"': without, whatever an' '# task src' \
	'# task docs: src'
lacks '^setup\|^protect\|^    verify\|^    shares'
! grep -q found "$top/said" || fail "it found something: $(cat "$top/said")"

it "holds a guide that is there against the repository"
file CLAUDE.md
init
has '    owns    CLAUDE.md' '    allow-empty'

it "names an agent that is installed"
printf '#!/bin/sh\n' >"$top/bin/codex" && chmod +x "$top/bin/codex"
init
has '    agent    codex'
! grep -q warning "$top/said" || fail "it warned: $(cat "$top/said")"
rm "$top/bin/codex"
init
said "none of the agents that agentmake knows is installed"

it "writes to the root from a folder, and where -f says"
kind elsewhere
mkdir sub && cd sub || exit 1
alone --init
status_is 0
err_has "wrote '../Agentfile'"
[ -f ../Agentfile ] || fail "there is none"
alone --init
status_is 2
err_has "'../Agentfile' is there already and stays as it is"
alone --init -f other.agentfile
status_is 0
cmp -s other.agentfile ../Agentfile || fail "it is another one"
alone --init -f "an other"
status_is 0
err_has "look at the plan with: agentmake -f 'an other' -n"
rm "an other"
alone --init -f -
status_is 0
cmp -s "$top/out" ../Agentfile || fail "standard output is another one"
alone -C .. --init -f sub/third.agentfile
status_is 0
[ -f third.agentfile ] || fail "-C is not heeded"
is "$(ls)" "other.agentfile
third.agentfile"

it "leaves the file to those whom the umask does"
kind private
before=$(umask)
umask 077
alone --init
umask "$before"
is "$(stat -c %a Agentfile)" 600

it "says what stands in the way"
cd "$top" && git init -q --bare bare && cd bare || exit 1
alone --init
status_is 2
err_has "bare repository"
mkdir "$top/none" && cd "$top/none" || exit 1
GIT_CEILING_DIRECTORIES=$top alone --init -f x
status_is 2
err_has "git init"
git init -q -b main "$top/unborn" && cd "$top/unborn" || exit 1
file Makefile 'test:'
alone --init
status_is 0
err_has "no commit yet"
has '    verify   make test'
alone --check
status_is 0
cd "$top/elsewhere" && git checkout -q --detach || exit 1
rm -f Agentfile
alone --init
status_is 0
err_has "HEAD is at no branch"
has '# base main'
alone --check
status_is 0

it "waits for nothing, believes nothing, and stays inside"
kind hostile
mkfifo package.json
ln -s /etc/hosts Cargo.toml
ln -s /dev/zero setup.cfg
ln -s package.json Gemfile
head -c 2000000 /dev/zero | tr '\0' 'x' >composer.json
printf 'test:\377\n' >Makefile
mkdir pyproject.toml go.work
git add -A 2>/dev/null
git commit -qm hostile
alone --init
status_is 0
for text in "'package.json' is no file" "'Cargo.toml' leads out of the repository" "'setup.cfg' leads out of the repository" \
	"'Gemfile' is no file" "composer.json' is larger than" "'go.work' is no file"; do
	err_has "$text"
done
lacks "npm\|cargo\|bundle\|composer"
alone --check
status_is 0

it "takes odd names for what they are"
kind odd
printf '{"workspaces": ["packages/*", 3, "../out", "[", "packages/{{x}}"], "scripts": {"test": ["x"], "lint": "x"}}' >package.json
file "packages/{{x}}/a.ts" && file 'packages/a"b/c.ts' && file "packages/two
lines/d.ts" && file 'packages/e f/g.ts' && file 'packages/$(touch ran)/h.ts'
file "$(printf 'test_\377.py')"
init
has '    verify   npm run lint'
[ ! -e ran ] || fail "something was run"
for json in '{"scripts": ' '[]' '"x"' '{"scripts": {"test": null}, "workspaces": {"packages": {}}}' '' '{"a": 1, "a": 2}'; do
	printf '%s' "$json" >package.json
	init
done
printf '{"a": [1,}' >package.json
init
said "warning: package.json:1:"
python3 -c 'print("[" * 100000)' >package.json
init
said "warning: package.json:1:"

it "runs the first task"
kind first
printf 'all:\ncheck:\n\ttest -s AGENTS.md\n' >Makefile
init
cat >"$top/bin/claude" <<'END_OF_FILE'
#!/bin/sh
cat >brief
grep -q 'Write AGENTS.md' brief || exit 1
mv brief AGENTS.md
echo '{"type":"result","subtype":"success","is_error":false,"session_id":"x","result":"done"}'
END_OF_FILE
chmod +x "$top/bin/claude"
git add Agentfile && git commit -qm Agentfile
PATH=$top/bin:$PATH am -y
status_is 0
into_has AGENTS.md "AGENTS.md"
