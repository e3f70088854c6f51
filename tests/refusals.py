"""What a command line says when it refuses."""


def fails(done, code=2):
    """One paragraph on stderr, nothing on stdout; the words of it."""
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    text = done.err.removesuffix("\n").split("\nTry '")[0]
    assert "\n" not in text
    return text
