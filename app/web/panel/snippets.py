"""Ready lines for clients, with this server's address and a key. Pure.

What they say is what the how-to pages say; a test runs those that can be run.
"""

from msgspec import Struct

OPENAI_MODEL = "gemini-3-pro-high"
CLAUDE_MODEL = "claude-sonnet-4-6"


class Snippet(Struct, frozen=True):
    """Text to paste for one client. `where` says what it belongs into, as a key of the words."""

    id: str
    title: str
    where: str
    text: str


def snippets(base_url: str, key: str) -> tuple[Snippet, ...]:
    """For every client we know. `key` may be a placeholder such as `$KEY`."""
    told = {"base": base_url, "key": key, "openai": OPENAI_MODEL, "claude": CLAUDE_MODEL}
    return tuple(Snippet(name, title, where, text.format_map(told)) for name, title, where, text in _SNIPPETS)


_SNIPPETS = (
    (
        "claude-code",
        "Claude Code",
        "shell",
        "export ANTHROPIC_BASE_URL={base}\nexport ANTHROPIC_AUTH_TOKEN={key}\nclaude --model {claude}\n",
    ),
    (
        "codex",
        "Codex",
        "codex",
        '# ~/.codex/config.toml\nmodel = "{openai}"\nmodel_provider = "antigravity"\n\n'
        '[model_providers.antigravity]\nname = "Antigravity Proxy"\nbase_url = "{base}/v1"\n'
        'env_key = "ANTIGRAVITY_KEY"\nwire_api = "chat"\n\n'
        "# and in the shell: export ANTIGRAVITY_KEY={key}\n",
    ),
    (
        "opencode",
        "OpenCode",
        "opencode",
        '{{\n  "provider": {{\n    "antigravity": {{\n      "npm": "@ai-sdk/openai-compatible",\n'
        '      "name": "Antigravity Proxy",\n'
        '      "options": {{ "baseURL": "{base}/v1", "apiKey": "{key}" }},\n'
        '      "models": {{ "{openai}": {{}}, "{claude}": {{}} }}\n    }}\n  }}\n}}\n',
    ),
    (
        "cline",
        "Cline",
        "cline",
        "API Provider: OpenAI Compatible\nBase URL: {base}/v1\nAPI Key: {key}\nModel ID: {openai}\n",
    ),
    (
        "openai",
        "OpenAI SDK",
        "python",
        'from openai import OpenAI\n\nclient = OpenAI(base_url="{base}/v1", api_key="{key}")\n'
        "answer = client.chat.completions.create(\n"
        '    model="{openai}",\n    messages=[{{"role": "user", "content": "Hello!"}}],\n)\n'
        "print(answer.choices[0].message.content)\n",
    ),
    (
        "anthropic",
        "Anthropic SDK",
        "python",
        'from anthropic import Anthropic\n\nclient = Anthropic(base_url="{base}", api_key="{key}")\n'
        "answer = client.messages.create(\n"
        '    model="{claude}",\n    max_tokens=1024,\n'
        '    messages=[{{"role": "user", "content": "Hello!"}}],\n)\n'
        "print(answer.content[-1].text)\n",
    ),
    (
        "curl",
        "curl",
        "shell",
        "curl -sN {base}/v1/chat/completions \\\n  -H 'authorization: Bearer {key}' \\\n"
        "  -H 'content-type: application/json' \\\n"
        '  -d \'{{"model":"{openai}","stream":true,"messages":[{{"role":"user","content":"Hello!"}}]}}\'\n',
    ),
)
