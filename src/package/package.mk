# What the program says of itself, installing, and what others install from. GNUmakefile includes this.

# which sources these are: beside their number the commit; written here, so that `make -q` and `make -n` know
$(shell sh src/package/version.sh $(VERSION) $(B)/version.h)
$(B)/src/app/version.o: $(B)/version.h
$(B)/src/app/version.o: ALL_CFLAGS += -include $(B)/version.h

.PHONY: missing
missing:
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' sh tests/lint/missing.sh $(NO_LIBS) $(NO_CHECK)

# One list says what is installed where: `make install` reads it for /usr/local, `make deb` for Debian, which
# looks for some of it elsewhere.
SHARE   := $(DESTDIR)$(PREFIX)/share
ZSH_DIR ?= zsh/site-functions
VIM_DIR ?= vim/vimfiles
# FILE=WHERE-BELOW-SHARE
SHARED := src/man/agentmake.1=man/man1/agentmake.1 src/man/Agentfile.5=man/man5/Agentfile.5 \
	src/completion/agentmake.bash=bash-completion/completions/agentmake \
	src/completion/_agentmake=$(ZSH_DIR)/_agentmake \
	src/completion/agentmake.fish=fish/vendor_completions.d/agentmake.fish \
	$(foreach f,$(wildcard vim/*/*.vim vim/doc/*.txt),$f=$(VIM_DIR)/$(f:vim/%=%))
HELPTAGS = sh vim/helptags.sh $(SHARE)/$(VIM_DIR)/doc

.PHONY: install uninstall
install: $(BIN)
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/agentmake
	$(Q)install -d $(addprefix $(SHARE)/,$(sort $(foreach s,$(SHARED),$(dir $(lastword $(subst =, ,$s))))))
	$(Q)$(foreach s,$(SHARED),install -m 644 $(subst =, $(SHARE)/,$s) &&) :
	$(Q)$(HELPTAGS)
	@echo 'installed below $(DESTDIR)$(PREFIX)'

uninstall:
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/agentmake $(foreach s,$(SHARED),$(SHARE)/$(lastword $(subst =, ,$s)))
	$(Q)$(HELPTAGS)

.PHONY: deb dist
# a program of its own, compiled as Debian has it (hardened), beside the one that is worked on
deb:
	@VERSION=$(VERSION) MAKE='$(MAKE)' CC='$(CC)' sh src/package/deb.sh

dist:
	@VERSION=$(VERSION) sh src/package/dist.sh
