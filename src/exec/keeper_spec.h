/* How a spec goes to the keeper: "key=value" strings, each ended by a NUL. Not for others. */
#ifndef EXEC_KEEPER_SPEC_H
#define EXEC_KEEPER_SPEC_H

/* descriptors in the keeper; low ones may be those of a jobserver */
#define KEEPER_LOCK 240
#define KEEPER_LIFELINE 241
#define KEEPER_NONCE 32 /* hex digits */
/* the keeper's exit status where it could not write its result */
#define KEEPER_MUTE 3

#endif
