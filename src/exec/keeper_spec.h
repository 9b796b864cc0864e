/* What goes to the keeper: messages, each its length in eight hexadecimal digits and so many bytes.
 * A spec is "key=value" strings, each ended by a NUL; "stop=NONCE" and "kill=NONCE" end the phase of
 * that nonce. It answers with one byte a phase, when the result file is written. Not for others. */
#ifndef EXEC_KEEPER_SPEC_H
#define EXEC_KEEPER_SPEC_H

/* descriptors in the keeper; low ones may be those of a jobserver */
#define KEEPER_LOCK 240
#define KEEPER_ORDERS 241
#define KEEPER_ANSWERS 242

#define KEEPER_NONCE 32 /* hex digits */
#define KEEPER_LENGTH 8 /* the digits of a message's length */

#define KEEPER_SAYS_DONE 'd'
#define KEEPER_SAYS_SILENT 's' /* the result file could not be written */

#endif
