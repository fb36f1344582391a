"""Parts that no dialect has a form for, as text: programs, what they printed, files by address.

Source: anthropic.md 12.
"""

from app.upstreams.gemini.wire import Part


def in_words(part: Part) -> str:
    """The part as Markdown; empty where there is nothing to say."""
    program, result, linked = part.executable_code, part.code_execution_result, part.file_data
    if program is not None and program.code:
        return _fenced(program.code, program.language.lower())
    if result is not None and result.output:
        return _fenced(result.output)
    return "" if linked is None else linked.file_uri


def _fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"
