#!/bin/sh
# A run as it could be, done by scripts that stand in for agents: thirteen tasks, of which one fails, one passes
# at its second attempt, two are reviewed, and two want the same file.
#
# usage: storefront.sh FOLDER [OPTION…]        makes the repository FOLDER and runs it ($AGENTMAKE)
set -eu
mkdir "$1"
cd "$1"
shift
git init -q -b main
git config user.name 'Sam Rivera'
git config user.email sam@example.com
mkdir -p src/routes src/lib src/client test docs
for f in db auth middleware search cart; do seq 40 | sed "s/^/$f line /" >src/lib/$f.ts; done
for f in users orders billing; do seq 60 | sed "s/^/$f route /" >src/routes/$f.ts; done
seq 30 | sed 's/^/client /' >src/client/index.ts
seq 25 | sed 's/^/guide /' >docs/guide.md
printf '# Changes\n' >CHANGELOG.md

# the agent: works for SECONDS, changes LINES of FILE, and says what that cost
cat >agent.sh <<'END'
seconds=$1 lines=$2 file=$3
echo "{\"type\":\"start\",\"session\":\"$AGENTMAKE_TASK-$AGENTMAKE_ATTEMPT\"}"
echo "Reading $file and what is around it."
sleep "$seconds"
sed "1,${lines}s/\$/, ported by attempt $AGENTMAKE_ATTEMPT/" "$file" >"$file.new" && mv "$file.new" "$file"
seq "$((lines / 3))" | sed 's/^/new line /' >>"$file"
echo "Changed $lines lines of $file."
echo "{\"type\":\"result\",\"cost\":0.0$((lines * 3 + 7)),\"in\":$((lines * 1311)),\"out\":$((lines * 97))}"
END
cat >Agentfile <<'END'
jobs 4

agent coder
    with     SECONDS=1 LINES=10 FILE=CHANGELOG.md
    run      sh agent.sh {{q SECONDS}} {{q LINES}} {{q FILE}}
    capture  /"session":"(?<session>[^"]+)"/
    sum      /"cost":(?<cost>[0-9.]+),"in":(?<tokens_in>\d+),"out":(?<tokens_out>\d+)/

agent reviewer
    run      echo 'It keeps the exported names.'; sleep 0.7; echo 'VERDICT: APPROVE'; echo '"cost":0.021,"in":8120,"out":240'
    approve  /^VERDICT: APPROVE/
    reject   /^VERDICT: REJECT/
    sum      /"cost":(?<cost>[0-9.]+),"in":(?<tokens_in>\d+),"out":(?<tokens_out>\d+)/

defaults
    verify   sleep 0.4

task schema
    owns     src/lib/db.ts
    agent    coder with SECONDS=1.1 LINES=14 FILE=src/lib/db.ts
    prompt   Describe the tables in one schema, and derive the types from it.

task middleware
    owns     src/lib/middleware.ts
    agent    coder with SECONDS=1.6 LINES=22 FILE=src/lib/middleware.ts
    prompt   Port the shared middleware from Express to Fastify.
    review   reviewer

task auth: schema middleware
    owns     src/lib/auth.ts
    agent    coder with SECONDS=0.8 LINES=18 FILE=src/lib/auth.ts
    prompt   Move sessions to signed cookies; keep the old tokens valid for a week.
    retries  1
    verify
        sleep 0.5
        grep -q 'attempt 2' src/lib/auth.ts || { echo 'auth.test.ts: 2 of 14 failed: old token is refused'; exit 1; }

task routes-users: auth
    owns     src/routes/users.ts
    agent    coder with SECONDS=1.3 LINES=30 FILE=src/routes/users.ts
    prompt   Port src/routes/users.ts to Fastify.

task routes-orders: auth
    owns     src/routes/orders.ts
    agent    coder with SECONDS=1.8 LINES=41 FILE=src/routes/orders.ts
    prompt   Port src/routes/orders.ts to Fastify.

task routes-billing: auth
    owns     src/routes/billing.ts
    agent    coder with SECONDS=2.2 LINES=36 FILE=src/routes/billing.ts
    prompt   Port src/routes/billing.ts to Fastify.
    review   reviewer

task search
    owns     src/lib/search.ts
    agent    coder with SECONDS=2.6 LINES=33 FILE=src/lib/search.ts
    prompt   Search by trigram instead of LIKE.

task search-synonyms
    owns     src/lib/search.ts
    agent    coder with SECONDS=0.9 LINES=8 FILE=src/lib/search.ts
    prompt   Let words that mean the same find the same.

task cart
    owns     src/lib/cart.ts
    agent    coder with SECONDS=1.2 LINES=19 FILE=src/lib/cart.ts
    prompt   Keep the cart on the server.

task client-sdk: routes-*
    owns     src/client/**
    agent    coder with SECONDS=1.0 LINES=25 FILE=src/client/index.ts
    prompt   Generate the client from the routes.

task load-test: routes-* cart
    owns     test/load/**
    run      mkdir -p test/load; echo load >test/load/plan
    verify
        sleep 0.8
        printf 'GET /orders   p50 12ms  p99 48ms\nPOST /billing p50 31ms  p99 412ms\n'
        echo 'p99 of POST /billing is 412ms, more than the 250ms that are allowed'; exit 1

task docs: client-sdk
    owns     docs/**
    agent    coder with SECONDS=0.7 LINES=12 FILE=docs/guide.md
    prompt   Bring the guide up to date with the client.

task release-notes: docs load-test
    owns     CHANGELOG.md
    agent    coder with SECONDS=0.5 LINES=1 FILE=CHANGELOG.md
    prompt   Write what users will notice.
END
git add -A
git commit -qm 'Express, as it was'
exec "$AGENTMAKE" "$@"
