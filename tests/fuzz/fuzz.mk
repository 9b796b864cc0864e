# Fuzzing: TIME seconds for each target of tests/fuzz, JOBS at a time, T=name picks. GNUmakefile includes this.

# libFuzzer where there is clang with it, else a small driver of our own
FUZZ_CC ?= $(or $(shell echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	clang -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null && echo clang),$(CC))
FUZZ_CLANG = $(findstring clang,$(FUZZ_CC))
FUZZ := $(filter-out driver,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ := $(if $(T),$(foreach t,$(FUZZ),$(if $(findstring $(T),$t),$t)),$(FUZZ))
TIME ?= 60
JOBS ?= 1

.PHONY: fuzz run-fuzz
fuzz:
	@$(MAKE) --no-print-directory SANITIZE=1 CC="$(FUZZ_CC)" B=build/fuzz-$(notdir $(FUZZ_CC)) \
		CFLAGS='-O1 -g $(if $(FUZZ_CLANG),-fsanitize=fuzzer-no-link)' \
		FUZZ_MAIN='$(if $(FUZZ_CLANG),-fsanitize=fuzzer,tests/fuzz/driver.c)' run-fuzz

run-fuzz: $(FUZZ:%=$(B)/fuzz/%)
	@BUILD=$(B) TIME=$(TIME) JOBS=$(JOBS) sh tests/fuzz/run.sh $(FUZZ)

$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/driver.c tests/fuzz/fuzz.h tests/fuzz/host.h $(LIB)
	@mkdir -p $(@D)
	$(call say,fuzz)
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-conversion -o $@ $< $(FUZZ_MAIN) $(LIB) $(ALL_LDFLAGS) $(LDLIBS)
