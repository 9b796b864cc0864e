# Where the libraries are: pkg-config is asked, and where there is none (PKG_CONFIG=), the compiler tries. Or say it:
# `make LIBS_CFLAGS=-I… LIBS_LDLIBS='-L… -lgit2 …'`. STATIC=1: all of them go into the program. GNUmakefile includes this.

PKG_CONFIG ?= pkg-config
libs   = $(shell CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' sh src/package/libs.sh $(1))
FOUND := $(if $(LIBS_LDLIBS),,$(call libs,$(if $(STATIC),--static) $(LIBS)))
CHECK := $(call libs,check)
# the names of those that are missing; only the tests need check
NO_LIBS  := $(filter-out -%,$(FOUND))
NO_CHECK := $(filter-out -%,$(CHECK))
LIBS_CFLAGS ?= $(filter -I% -D% -pthread,$(FOUND))
LIBS_LDLIBS ?= $(filter-out -I% -D%,$(FOUND))
