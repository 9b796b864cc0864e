/* See landlock.h. Debian 12's headers know version 2 of the interface; what came later is written
 * down here, from the kernel's Documentation/userspace-api/landlock.rst. */
#include "exec/landlock.h"

#include <errno.h>

#ifdef __linux__
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/* system calls of every architecture but alpha */
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

#define ASK_VERSION  1u
#define PATH_BENEATH 1u

#define EXECUTE     (1ull << 0)
#define WRITE_FILE  (1ull << 1)
#define READ_FILE   (1ull << 2)
#define READ_DIR    (1ull << 3)
#define REMOVE_DIR  (1ull << 4)
#define REMOVE_FILE (1ull << 5)
#define MAKE_CHAR   (1ull << 6)
#define MAKE_DIR    (1ull << 7)
#define MAKE_REG    (1ull << 8)
#define MAKE_SOCK   (1ull << 9)
#define MAKE_FIFO   (1ull << 10)
#define MAKE_BLOCK  (1ull << 11)
#define MAKE_SYM    (1ull << 12)
#define REFER       (1ull << 13) /* version 2: rename and link across folders */
#define TRUNCATE    (1ull << 14) /* version 3 */

#define SCOPE_ABSTRACT (1ull << 0) /* version 6: sockets without a path */
#define SCOPE_SIGNAL   (1ull << 1)

/* what a file can be granted that is no folder */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE)
#define READS    (EXECUTE | READ_FILE | READ_DIR)
/* devices are not to be made anywhere */
#define WRITES                                                                                    \
	(WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO     \
	 | MAKE_SYM | REFER | TRUNCATE)

struct ruleset {
	uint64_t files, net, scope;
};

struct beneath {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

int landlock_version(void)
{
	long version = syscall(CREATE_RULESET, NULL, (size_t)0, ASK_VERSION);

	return version > 0 ? (int)version : 0;
}

static int grant(int rules, uint64_t handled, const char *path, uint64_t rights)
{
	struct beneath rule = {0, open(path, O_PATH | O_CLOEXEC)};
	struct stat st;
	int result = -1;

	if (rule.folder < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	if (!fstat(rule.folder, &st)) {
		rule.allowed = rights & handled & (S_ISDIR(st.st_mode) ? ~0ull : OF_FILES);
		result = (int)syscall(ADD_RULE, rules, PATH_BENEATH, &rule, 0u);
	}
	close(rule.folder);
	return result;
}

static int grant_devices(int rules, uint64_t handled)
{
	static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx",
		"/dev/random", "/dev/urandom"};
	static const char *const folders[] = {"/dev/pts", "/dev/shm"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (grant(rules, handled, nodes[i], READ_FILE | WRITE_FILE | TRUNCATE))
			return -1;
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		if (grant(rules, handled, folders[i], READS | WRITES))
			return -1;
	return 0;
}

/* Root's files stay root's, but nothing that only root can do can be done. */
static int drop_capabilities(void)
{
	struct {
		uint32_t version;
		int pid;
	} head = {0x20080522, 0}; /* _LINUX_CAPABILITY_VERSION_3 */
	struct {
		uint32_t effective, permitted, inheritable;
	} none[2] = {{0, 0, 0}, {0, 0, 0}};
	int cap;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EPERM) /* not root: there is none */
			return -1;
	return (int)syscall(SYS_capset, &head, none);
}

int landlock_enter(const char *const *paths, size_t n)
{
	int version = landlock_version(), rules, result = -1;
	uint64_t handled = (READS | WRITES | MAKE_CHAR | MAKE_BLOCK)
		& ~(version < 2 ? REFER : 0) & ~(version < 3 ? TRUNCATE : 0);
	struct ruleset set = {handled, 0, SCOPE_ABSTRACT | SCOPE_SIGNAL};
	size_t i;

	if (!version) {
		errno = ENOSYS;
		return -1;
	}
	rules = (int)syscall(CREATE_RULESET, &set,
		version >= LANDLOCK_SCOPE ? sizeof(set) : sizeof(set.files), 0u);
	if (rules < 0)
		return -1;
	result = grant(rules, handled, "/", READS) || grant_devices(rules, handled) ? -1 : 0;
	for (i = 0; i < n && !result; i++)
		result = grant(rules, handled, paths[i], READS | WRITES);
	if (!result && (drop_capabilities() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		|| syscall(RESTRICT_SELF, rules, 0u)))
		result = -1;
	close(rules);
	return result;
}

int landlock_enter_scope(void)
{
	struct ruleset set = {0, 0, SCOPE_ABSTRACT | SCOPE_SIGNAL};
	int rules, result;

	rules = (int)syscall(CREATE_RULESET, &set, sizeof(set), 0u);
	if (rules < 0)
		return -1;
	result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(RESTRICT_SELF, rules, 0u) ? -1 : 0;
	close(rules);
	return result;
}

#else

int landlock_version(void)
{
	return 0;
}

int landlock_enter(const char *const *paths, size_t n)
{
	(void)paths;
	(void)n;
	errno = ENOSYS;
	return -1;
}

int landlock_enter_scope(void)
{
	errno = ENOSYS;
	return -1;
}

#endif
