# prints how many searches among 1000 are done in 1000 comparisons
awk -f lib/search.awk -f tools/less.awk -f tools/bench.awk
