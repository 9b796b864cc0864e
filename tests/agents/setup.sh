#!/bin/sh
# Writes what the agent programs need to run offline against the mock model on PORT: a home of their own
# and their configurations, all in FOLDER; and FOLDER/env, to be sourced, which points them there.
#
# usage: setup.sh FOLDER PORT [PROGRAMS]
#
# PROGRAMS is the folder with the programs (install.sh's FOLDER/node_modules/.bin); it is put in PATH.
# README says why each setting is there.
set -eu

[ $# = 2 ] || [ $# = 3 ] || { echo "usage: setup.sh FOLDER PORT [PROGRAMS]" >&2; exit 64; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
port=$2
programs=${3:+$(cd "$3" && pwd)}
url=http://127.0.0.1:$port

mkdir -p "$folder/home" "$folder/home/.codex" "$folder/home/.config/opencode" "$folder/home/.gemini" "$folder/tmp"

cat >"$folder/home/.codex/config.toml" <<END
model = "mock-model"
model_provider = "mock"
approval_policy = "never"
check_for_update_on_startup = false
# context sizes that codex otherwise has from its list of known models
model_context_window = 200000

[model_providers.mock]
name = "mock"
base_url = "$url/v1"
wire_api = "responses"
env_key = "MOCK_API_KEY"
request_max_retries = 1
stream_max_retries = 0
stream_idle_timeout_ms = 20000

[analytics]
enabled = false

[history]
persistence = "none"
END

cat >"$folder/home/.config/opencode/opencode.json" <<END
{
  "\$schema": "https://opencode.ai/config.json",
  "model": "mock/mock-model",
  "small_model": "mock/mock-model",
  "autoupdate": false,
  "share": "disabled",
  "lsp": false,
  "formatter": false,
  "snapshot": false,
  "enabled_providers": ["mock"],
  "provider": {
    "mock": {
      "npm": "@ai-sdk/openai-compatible",
      "name": "mock",
      "options": { "baseURL": "$url/v1", "apiKey": "dummy" },
      "models": {
        "mock-model": {
          "name": "mock-model",
          "tool_call": true,
          "limit": { "context": 200000, "output": 8000 },
          "cost": { "input": 3, "output": 15, "cache_read": 0.3 }
        }
      }
    }
  }
}
END

cat >"$folder/home/.gemini/settings.json" <<END
{
  "security": { "auth": { "selectedType": "gemini-api-key" } },
  "general": { "enableAutoUpdate": false, "enableAutoUpdateNotification": false, "maxAttempts": 2 },
  "privacy": { "usageStatisticsEnabled": false },
  "model": { "name": "gemini-2.5-pro" }
}
END

cat >"$folder/env" <<END
export HOME='$folder/home'
export XDG_CONFIG_HOME="\$HOME/.config" XDG_DATA_HOME="\$HOME/.local/share"
export XDG_CACHE_HOME="\$HOME/.cache" XDG_STATE_HOME="\$HOME/.local/state"
export CODEX_HOME="\$HOME/.codex" MOCK_API_KEY=dummy
export OPENCODE_DISABLE_AUTOUPDATE=1 OPENCODE_DISABLE_MODELS_FETCH=1 OPENCODE_DISABLE_LSP_DOWNLOAD=1
export OPENCODE_DISABLE_DEFAULT_PLUGINS=1 OPENCODE_DISABLE_SHARE=1
export ANTHROPIC_BASE_URL='$url' ANTHROPIC_API_KEY=dummy CLAUDE_CONFIG_DIR="\$HOME/.claude"
export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1 CLAUDE_CODE_MAX_RETRIES=0
export GOOGLE_GEMINI_BASE_URL='$url' GEMINI_API_KEY=dummy
export COPILOT_PROVIDER_BASE_URL='$url/v1' COPILOT_PROVIDER_API_KEY=dummy COPILOT_MODEL=mock-model COPILOT_HOME="\$HOME/.copilot" COPILOT_OFFLINE=true COPILOT_AUTO_UPDATE=false
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
${programs:+PATH='$programs':\$PATH}
END
