/* package.json and its kin. See found.h. */
#include "app/found.h"

#include <jansson.h>
#include <string.h>

struct manager {
	const char *lock, *name, *setup, *run, *test;
};

/* by lock file; the last stands for all without one */
static const struct manager managers[] = {
	{"pnpm-lock.yaml", "pnpm", "pnpm install --frozen-lockfile", "pnpm run", "pnpm test"},
	{"yarn.lock", "yarn", "yarn install --frozen-lockfile", "yarn run", "yarn test"},
	{"bun.lock", "bun", "bun install --frozen-lockfile", "bun run", "bun run test"},
	{"bun.lockb", "bun", "bun install --frozen-lockfile", "bun run", "bun run test"},
	{"package-lock.json", "npm", "npm ci", "npm run", "npm test"},
	{"npm-shrinkwrap.json", "npm", "npm ci", "npm run", "npm test"},
	{NULL, "npm", "npm install --no-package-lock", "npm run", "npm test"},
};

static const struct manager *manager_of(struct found *f)
{
	size_t i;

	for (i = 0; managers[i].lock && !found_has(f, managers[i].lock); i++)
		;
	return &managers[i];
}

static bool has_some(const json_t *package, const char *key)
{
	return json_object_size(json_object_get(package, key)) > 0;
}

/* the scripts that verify, where there really are such: what npm writes into a new package.json only fails */
static void add_scripts(struct found *f, const json_t *scripts, const struct manager *m)
{
	static const char *const names[] = {"typecheck", "type-check", "lint", "test"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *command = json_string_value(json_object_get(scripts, names[i]));

		if (!command || strstr(command, "no test specified"))
			continue;
		if (!strcmp(names[i], "test"))
			found_add(f, &f->verify, "%s", m->test);
		else
			found_add(f, &f->verify, "%s %s", m->run, names[i]);
	}
}

static void add_spaces(struct found *f, const json_t *list)
{
	const json_t *item;
	size_t i;

	if (json_is_object(list))
		list = json_object_get(list, "packages");
	json_array_foreach(list, i, item)
		if (json_is_string(item))
			found_space(f, json_string_value(item), json_string_length(item));
}

/* the list below `packages:` of pnpm-workspace.yaml, which holds hardly anything else */
static void add_pnpm_spaces(struct found *f)
{
	const char *s = found_has(f, "pnpm-workspace.yaml") ? found_text(f, "pnpm-workspace.yaml") : NULL;
	bool inside = false;

	for (; s && *s; s += strcspn(s, "\n"), s += *s == '\n') {
		const char *item = s + strspn(s, " \t");

		if (*s != ' ' && *s != '-' && *s != '\n' && *s != '#')
			inside = !strncmp(s, "packages:", 9);
		if (!inside || *item != '-')
			continue;
		item += 1 + strspn(item + 1, " \t\"'");
		found_space(f, item, strcspn(item, "\"'# \t\r\n"));
	}
}

void found_node(struct found *f)
{
	const char *text = found_text(f, "package.json");
	const struct manager *m = manager_of(f);
	json_error_t e;
	json_t *package;

	if (!text)
		return;
	package = json_loads(text, 0, &e);
	if (!package) {
		found_add(f, &f->remarks, "package.json:%d:%d: %s", e.line, e.column, e.text);
		return;
	}
	found_add(f, &f->tools, "%s", m->name);
	add_spaces(f, json_object_get(package, "workspaces"));
	add_pnpm_spaces(f);
	if (has_some(package, "dependencies") || has_some(package, "devDependencies") || f->parts.n)
		found_add(f, &f->setup, "%s", found_has(f, ".yarnrc.yml") && !strcmp(m->name, "yarn")
			? "yarn install --immutable" : m->setup);
	add_scripts(f, json_object_get(package, "scripts"), m);
	json_decref(package);
}
