/* The built-in agents: src/lang/prelude.agentfile, as the build embeds it. */
#ifndef LANG_PRELUDE_H
#define LANG_PRELUDE_H

#include <stddef.h>

extern const char agent_prelude[];
extern const size_t agent_prelude_len;

#endif
