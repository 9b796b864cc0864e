/* --version: ours, and those of the libraries. Each of them is asked by the layer that uses it. */
#include <jansson.h>
#include <stdio.h>

#include "app/status.h"
#include "exec/loop.h"
#include "git/repo.h"

int show_version(void)
{
	printf("agentmake %s\n%s, %s, jansson %s\n", AGENTMAKE_VERSION, repo_library(), loop_library(),
		jansson_version_str());
	return fflush(stdout) ? 2 : 0;
}
