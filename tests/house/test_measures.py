"""The measures that hold the taste."""

from statistics import median

from tests.house.tree import files, files_of_tests, functions_in, product_files, text_of

LONGEST_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10
LONGEST_FILE_LINES = 400
MEDIAN_FILE_LINES = 100
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}


def function_lengths(source: str) -> dict[str, int]:
    """The lines of each function from its `def` to its end."""
    return {
        f"{node.name}, line {node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in functions_in(source)
    }


def says_nothing(name: str) -> bool:
    """A file or folder name that tells nobody what is inside, or that stands beside an older self."""
    stem = name.split(".")[0]
    return (
        stem in SAYS_NOTHING
        or stem.endswith(("_new", "_fixed", "_old", "_utils"))
        or name.endswith((".bak", ".orig"))
    )


def test_no_function_is_over_60_lines() -> None:
    lengths = {
        f"{path}: {where}": lines
        for path in [*product_files(), *files_of_tests()]
        for where, lines in function_lengths(text_of(path)).items()
    }
    assert {where: lines for where, lines in lengths.items() if lines > LONGEST_FUNCTION_LINES} == {}


def test_the_median_function_is_at_most_10_lines() -> None:
    lengths = [lines for path in product_files() for lines in function_lengths(text_of(path)).values()]
    assert median(lengths) <= MEDIAN_FUNCTION_LINES


def test_no_file_is_over_400_lines() -> None:
    lengths = {str(path): len(text_of(path).splitlines()) for path in [*product_files(), *files_of_tests()]}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_the_median_file_is_at_most_100_lines() -> None:
    lengths = [len(text.splitlines()) for path in product_files() if (text := text_of(path)).strip()]
    assert median(lengths) <= MEDIAN_FILE_LINES


def test_every_file_and_folder_has_a_name_that_says_something() -> None:
    assert [str(path) for path in files() if any(map(says_nothing, path.parts))] == []


def test_a_long_function_and_an_empty_name_are_seen() -> None:
    assert function_lengths("def a() -> None:\n" + "    b()\n" * 60) == {"a, line 1": 61}
    names = ["utils.py", "helpers", "common.py", "payment_new.py", "pay_fixed.py", "pay.py.bak", "manager.py"]
    assert [name for name in names if not says_nothing(name)] == []
    assert not says_nothing("commons_of_money.py")
