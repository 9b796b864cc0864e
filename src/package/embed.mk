# Files that are part of the program, by the name that their bytes have in it. GNUmakefile includes this.

EMBEDDED := agent_prelude page_style page_script
agent_prelude := src/lang/prelude.agentfile
page_style    := src/page/page.css
page_script   := $(sort $(wildcard src/page/*.js))

.SECONDEXPANSION:
$(EMBEDDED:%=$(B)/embedded/%.c): $(B)/embedded/%.c: $$($$*) src/package/embed.mk
	@mkdir -p $(@D)
	$(Q){ echo '#include <stddef.h>'; echo 'extern const char $*[];'; echo 'extern const size_t $*_len;'; \
	  echo 'const char $*[] = {'; cat $($*) | od -An -v -td1 | sed 's/[0-9][0-9]*/&,/g'; echo '};'; \
	  echo 'const size_t $*_len = sizeof($*);'; } >$@.new
	$(Q)mv $@.new $@

$(EMBEDDED:%=$(B)/embedded/%.o): %.o: %.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
