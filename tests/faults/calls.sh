#!/bin/sh
# Stands faults.c before each call that changes something? Whatever our objects call and do not define
# is either there, or in this list of what changes nothing that lasts.
#
# usage: BUILD=build calls.sh
lib=$BUILD/libagentmake.a faults=$BUILD/tests/faults/faults.o
for f in "$lib" "$faults"; do
	[ -r "$f" ] || { echo "calls.sh: there is no $f; build it with make check-faults"; exit 2; }
done

harmless='
memory and text: (mem|str|wc)[a-z_]+ (m|c|re)alloc free qsort (as|sn|vsn|s)printf (f|vf)?printf f?put[cs] toupper
	__ctype_.* __isoc.* __errno_location abort _?exit ll?round fmax uselocale newlocale mallopt .*_chk
what is read: access stat fstat lstat fstatat f?read fgets ferror fileno ftell fseek lseek pread readlink
	readdir dirfd rewinddir closedir fclose fdopendir realpath fts_.* ioctl isatty getenv get[a-z]+ sysconf uname umask gnu_get_libc_version
	pcre2_.* (json|jansson)_.* git_libgit2_.* git_error_last
what is printed, or told to a program: fwrite fflush stderr stdin stdout
descriptors and processes of our own: close dup2 fcntl poll prctl set(pg|s)id sig[a-z]+ kill waitpid execvp? chdir
	atexit raise tcgetattr tcgetpgrp tcsetattr ttyname_r environ putenv unsetenv usleep posix_spawn_file_actions_.* posix_spawnattr_.* pthread_.* uv_.*
Landlock, which binds the process itself: syscall
the time, read: localtime_r gmtime_r
libgit2, in memory or read: git_[a-z0-9_]*_(free|new|lookup|name|target|id|type|next|open|open_ext|push|hide|sorting)
	git_(oid|graph|diff|revparse|tree|object|revwalk|signature)_.* git_blob_(raw|is_binary).* git_patch_(from_blobs|line_stats) git_odb_(hash|exists(_ext)?|object_.*|read|add_disk_alternate|foreach|read_header|backend_loose|backend_pack) git_packbuilder_(insert|insert_walk|object_count) git_repository_odb git_merge_(base|trees)
	git_commit_(message|parent_id|parentcount|tree_id) git_index_(add|remove|clear|get_bypath|find_prefix|has_conflicts)
	git_reference_(name_to_id|symbolic_target|iterator_glob_new) git_treebuilder_(insert|remove|get|entrycount)
	git_repository_(commondir|path|workdir|set_workdir|config_snapshot|set_index)
	git_config_(get_entry|get_string_buf|open_ondisk|parse_bool) git_buf_dispose git_ignore_path_is_ignored
	git_index_(set_)?caps git_odb_(add_backend|backend_data_alloc|init_backend)
'
list=$(printf '%s' "$harmless" | sed 's/^[^:]*: //' | tr -s '\t\n ' '|' | sed 's/^|//; s/|$//')

calls=$(nm -u "$lib" | awk '$1 == "U" { print $2 }' | sort -u)
own=$(nm --defined-only "$lib" | awk 'NF == 3 { print $3 }' | sort -u)
stood=$(nm --defined-only "$faults" | awk '$2 == "T" { print $3 }' | sort -u)
missing=$(printf '%s\n' "$calls" | grep -vxF "$own" | grep -vxF "$stood" | grep -vxE "$list" | grep -v '^_GLOBAL')
if [ -n "$missing" ]; then
	echo "tests/faults/faults.c stands before none of these calls; add them there, or to the list in calls.sh if they"
	echo "change nothing that another process or a later one sees:" $missing
	exit 1
fi
# what is stood before must still be known by this name, or nothing is tried
for f in rename write open unlinkat git_reference_create_matching; do
	printf '%s\n' "$stood" | grep -qx $f && printf '%s\n' "$calls" | grep -qx $f \
		|| { echo "calls.sh: it does not find '$f' in both $faults and $lib"; exit 1; }
done
