"""The workflows this project ships: zizmor finds nothing, and their scripts do what they say, against hostile reports.

Scripts are taken out of the YAML and run with stand-ins for what only GitHub has.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.checks.repository import Repository
from tests.checks.tiny_zoo import Zoo, built_zoo
from tests.conftest import REPOSITORY, unavailable

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
ACTION = REPOSITORY / "action.yml"
MARK = "<!-- zoo_tools validate -->"
PROGRAM = f'#!/bin/sh\nexec {sys.executable} -m zoo_tools "$@"\n'

Tree = dict[str, object]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return built_zoo(tmp_path_factory)


def read(path: Path) -> Tree:
    tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert isinstance(tree, dict)
    return tree


def below(tree: object, *keys: str) -> object:
    for key in keys:
        assert isinstance(tree, dict), key
        tree = tree[key]
    return tree


def jobs(path: Path) -> dict[str, Tree]:
    found = below(read(path), "jobs")
    assert isinstance(found, dict)
    return found


def steps(path: Path) -> list[Tree]:
    if path == ACTION:
        listed = below(read(path), "runs", "steps")
    else:
        listed = [step for job in jobs(path).values() for step in _list(job["steps"])]
    return _list(listed)


def _list(value: object) -> list[Tree]:
    assert isinstance(value, list)
    return value


def script(path: Path, name: str) -> str:
    (found,) = [step["run"] for step in steps(path) if step.get("name") == name]
    assert isinstance(found, str)
    return found


def run(text: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(
        command, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


def programs(folder: Path, **bodies: str) -> str:
    """Make programs that stand in for those of a runner; return a PATH that finds them first."""
    place = folder / "programs"
    place.mkdir()
    for name, body in bodies.items():
        (place / name).write_text(body, encoding="utf-8")
        (place / name).chmod(0o755)
    return f"{place}{os.pathsep}{os.environ['PATH']}"


def test_zizmor_finds_nothing() -> None:
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
    if program is None:
        unavailable("ORACLES", "zizmor is not installed (dependency group test).")
    command = [program, "--offline", "--pedantic", "--no-progress", "--quiet", str(REPOSITORY)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    # Two findings are accepted, each with its reason beside it.
    accepted = [
        line
        for path in (*WORKFLOWS, ACTION)
        for line in path.read_text(encoding="utf-8").split("\n")
        if "zizmor:" in line
    ]
    assert [re.findall(r"ignore\[([a-z-]+)\] \w+", line) for line in accepted] == [
        ["dangerous-triggers"],
        ["self-repository"],
    ]


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    for step in steps(path):
        if "uses" in step and step["uses"] != "./tool":
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", str(step["uses"]))
    used = re.findall(r"uses: (actions/\S+@\S+)(.*)", path.read_text(encoding="utf-8"))
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", said) for _, said in used)


def test_one_action_is_pinned_to_one_commit_everywhere() -> None:
    pages = [REPOSITORY / "docs/how-to/review-a-contribution.md"]
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, ACTION, *pages)]
    pins = {pin for text in texts for pin in re.findall(r"(actions/[a-z-]+)@([0-9a-f]{40})", text)}
    assert len({name for name, _ in pins}) == len(pins)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_token_may_do_nothing_that_is_not_listed(path: Path) -> None:
    assert read(path)["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in jobs(path).values())
    assert all(
        below(step, "with", "persist-credentials") is False
        for step in steps(path)
        if str(step.get("uses", "")).startswith("actions/checkout@")
    )
    assert "pull_request_target" not in path.read_text(encoding="utf-8")
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_what_a_pull_request_starts_may_only_read() -> None:
    for path in WORKFLOWS:
        triggers = read(path).get("on", read(path).get(True))  # type: ignore[call-overload]  # YAML 1.1 reads `on` as true
        if isinstance(triggers, dict) and "pull_request" in triggers:
            assert all(job["permissions"] == {"contents": "read"} for job in jobs(path).values())


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.name)
def test_no_script_holds_an_expression(path: Path) -> None:
    """A value that stands in a script is code; in the environment it is text."""
    assert [step["name"] for step in steps(path) if "${{" in str(step.get("run", ""))] == []


PULLS = [{"number": 7, "head": {"sha": "a" * 40}}, {"number": 8, "head": {"sha": "b" * 40}}]


@pytest.mark.parametrize(
    ("sha", "answer", "told"),
    [
        ("a" * 40, PULLS, "number=7\n"),
        ("c" * 40, PULLS, ""),
        ("a" * 40, [], ""),
        ("a" * 40, [*PULLS, {"number": 9, "head": {"sha": "a" * 40}}], ""),
        ("a" * 40, [{"number": "7\nx=y", "head": {"sha": "a" * 40}}], ""),
    ],
)
def test_the_pull_request_is_the_one_that_github_names(tmp_path: Path, sha: str, answer: object, told: str) -> None:
    _needs("jq")
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    (tmp_path / "output").touch()
    path = programs(tmp_path, gh='#!/bin/sh\nprintf "%s\\n" "$@" > arguments\ncat answer.json\n')
    branch = "x$(touch broken)`touch broken`;'\"&state=all"
    ended = run(
        script(REPOSITORY / ".github/workflows/comment.yml", "Find the pull request"), tmp_path,
        {"PATH": path, "GH_REPO": "zoo/zoo", "HEAD_BRANCH": branch, "HEAD_OWNER": "stranger", "HEAD_SHA": sha,
         "GITHUB_OUTPUT": str(tmp_path / "output")},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "output").read_text(encoding="utf-8") == told
    assert f"head=stranger:{branch}" in (tmp_path / "arguments").read_text(encoding="utf-8").split("\n")
    assert not (tmp_path / "broken").exists()


def _needs(program: str) -> None:
    if shutil.which(program) is None:
        unavailable("ORACLES", f"There is no {program}.")


def comment(folder: Path) -> str:
    """Run the step that writes the comment, and return it."""
    environment = {
        "PATH": programs(folder, **{"python3": '#!/bin/sh\nmkdir -p "$3/bin"\ncp installed/* "$3/bin"\n'}),
        "PYTHONPATH": str(REPOSITORY), "RUNNER_TEMP": str(folder), "CONCLUSION": "failure", "RUN": "https://example.org/run",
        "REPORT": str(folder / "zoo-reports/report.json"), "VENV": str(folder / "venv"), "ZOO_TOOLS_SITE_URL": "",
    }  # fmt: skip
    (folder / "installed").mkdir()
    for name, body in (("python", "#!/bin/sh\n"), ("zoo_tools", PROGRAM)):
        (folder / "installed" / name).write_text(body, encoding="utf-8")
        (folder / "installed" / name).chmod(0o755)
    ended = run(script(REPOSITORY / ".github/workflows/comment.yml", "Write the comment"), folder, environment)
    assert ended.returncode == 0, ended.stderr
    return (folder / "text.md").read_text(encoding="utf-8")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    (tmp_path / "zoo-reports").mkdir()
    return tmp_path / "zoo-reports"


def test_the_comment_is_written_from_the_report(built: Zoo, tmp_path: Path, reports: Path) -> None:
    zoo = built.copy(tmp_path / "zoo")
    zoo.edit("clip: true", "clip: maybe")
    zoo.call("validate", "--level", "static", "--format", f"json={reports / 'report.json'}")
    text = comment(tmp_path)
    assert text.startswith(f"{MARK}\n")
    assert "tiny\\_ssd" in text or "tiny_ssd" in text or "tiny&#95;ssd" in text
    assert "no report that can be shown" not in text


HOSTILE = (
    "\n\n# x\n@everyone ::error::x ![y](https://evil.example/p.png) </details><img src=//evil.example> [a](b) <!--"
)


def test_a_report_that_was_tampered_with_is_text(built: Zoo, tmp_path: Path, reports: Path) -> None:
    zoo = built.copy(tmp_path / "zoo")
    zoo.edit("clip: true", "clip: maybe")
    report = reports / "report.json"
    zoo.call("validate", "--level", "static", "--format", f"json={report}")
    tree = json.loads(report.read_text(encoding="utf-8"))
    for outcome in tree["outcomes"]:
        for finding in outcome["findings"]:
            finding["message"] = finding["fix"] = HOSTILE
    report.write_text(json.dumps(tree), encoding="utf-8")
    text = comment(tmp_path)
    assert text.startswith(f"{MARK}\n")
    body = text.removeprefix(MARK)
    for live in ("@everyone", "![y](", "<img", "\n# x", "[a](b)", "<!--"):
        assert live not in body


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": 1, "tool": 3}'])
def test_a_report_that_is_none_is_told_as_such(tmp_path: Path, reports: Path, content: bytes) -> None:
    (reports / "report.json").write_bytes(content)
    text = comment(tmp_path)
    assert text.split("\n")[0] == MARK
    assert (
        "ended with **failure** and left no report that can be shown here: [the run](https://example.org/run)" in text
    )


def test_a_report_that_is_a_link_is_not_followed(built: Zoo, tmp_path: Path, reports: Path) -> None:
    real = tmp_path / "elsewhere.json"
    built.call("validate", "--level", "static", "--format", f"json={real}")
    (reports / "report.json").symlink_to(real)
    assert "left no report that can be shown here" in comment(tmp_path)


def test_no_report_at_all(tmp_path: Path) -> None:
    assert "left no report that can be shown here" in comment(tmp_path)


@pytest.mark.parametrize(
    ("comments", "place"),
    [
        ([], "POST repos/zoo/zoo/issues/7/comments"),
        ([{"id": 5, "user": {"login": "stranger"}, "body": f"{MARK} mine"}], "POST repos/zoo/zoo/issues/7/comments"),
        ([{"id": 6, "user": {"login": "github-actions[bot]"}, "body": MARK}], "PATCH repos/zoo/zoo/issues/comments/6"),
    ],
)
def test_only_our_own_comment_is_written_over(tmp_path: Path, comments: list[Tree], place: str) -> None:
    _needs("jq")
    (tmp_path / "comments.json").write_text(json.dumps(comments), encoding="utf-8")
    (tmp_path / "text.md").write_text(f'{MARK}\n"quoted" \\ text\n', encoding="utf-8")
    gh = '#!/bin/sh\nif [ "$2" = --paginate ]; then cat comments.json; else echo "$3 $4" > call; cat > sent; fi\n'
    environment = {"PATH": programs(tmp_path, gh=gh), "GH_REPO": "zoo/zoo", "NUMBER": "7", "RUNNER_TEMP": str(tmp_path)}
    ended = run(script(REPOSITORY / ".github/workflows/comment.yml", "Post it"), tmp_path, environment)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "call").read_text(encoding="utf-8").strip() == place
    sent = json.loads((tmp_path / "sent").read_text(encoding="utf-8"))
    assert sent == {"body": f'{MARK}\n"quoted" \\ text\n'}


@pytest.fixture
def proposed(built: Zoo, tmp_path: Path) -> Zoo:
    """A zoo of which a branch was changed, with a folder that would like to be the tool."""
    zoo = built.copy(tmp_path / "proposed")
    repository = Repository(zoo.folder)
    repository.commit()
    (zoo.folder / "zoo_tools").mkdir()
    (zoo.folder / "zoo_tools/__init__.py").write_text(
        "raise SystemExit('the proposed code was run')\n", encoding="utf-8"
    )
    zoo.edit("clip: true", "clip: false")
    repository.commit()
    return zoo


def act(zoo: Zoo, tmp_path: Path, name: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the composite action in the zoo's folder."""
    venv = tmp_path / "venv" / "bin"
    venv.mkdir(parents=True, exist_ok=True)
    (venv / "zoo_tools").write_text(f'#!/bin/sh\nexec {sys.executable} -m zoo_tools "$@"\n', encoding="utf-8")
    (venv / "zoo_tools").chmod(0o755)
    # Like the real one it passes nothing of the environment on.
    alone = (
        '#!/bin/sh\nwhile [ "$1" != env ]; do shift; done\n'
        'exec env -i PYTHONPATH="$PYTHONPATH" ZOO_TOOLS_MIRROR="$ZOO_TOOLS_MIRROR" "$@"\n'
    )
    if not (tmp_path / "programs").exists():
        programs(tmp_path, sudo=alone)
    environment = {
        "PATH": f"{tmp_path / 'programs'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(REPOSITORY),
        "BASE": "HEAD~1", "LEVEL": "run", "HOSTS": "", "SITE": "", "PYTHONSAFEPATH": "1", "VENV": str(venv.parent),
        "REPORTS": str(tmp_path / "reports"), "ZOO_TOOLS_CACHE": str(tmp_path / "cache"),
        "ZOO_TOOLS_MIRROR": str(zoo.mirror), "GITHUB_WORKSPACE": str(tmp_path), **more,
    }  # fmt: skip
    return run(script(ACTION, name), zoo.folder, environment)


def test_the_action_fetches_then_checks_what_changed(proposed: Zoo, tmp_path: Path) -> None:
    fetched = act(proposed, tmp_path, "Fetch what will be run")
    assert fetched.returncode == 0, fetched.stderr
    assert "1 of 1 models to check" in fetched.stderr
    assert "tiny_int8.tflite" in fetched.stdout
    assert "picture squares" in fetched.stderr
    checked = act(proposed, tmp_path, "Check")
    assert checked.returncode in (0, 1), checked.stderr
    assert "the proposed code was run" not in checked.stderr + checked.stdout
    assert "::error" in checked.stdout
    reports = {path.name for path in (tmp_path / "reports").iterdir()}
    assert reports == {"comment.md", "report.json", "report.sarif", "junit.xml", "summary.md"}
    outcomes = json.loads((tmp_path / "reports/report.json").read_text(encoding="utf-8"))["outcomes"]
    assert {"golden-current", "golden-detections", "version-bump"} <= {one["check"] for one in outcomes}
    assert [one["reason"] for one in outcomes if one["status"] == "unavailable"] == []
    files = {one["file"] for outcome in outcomes for one in outcome["findings"] if one["file"]}
    assert "registry/models/tiny_ssd/manifest.yaml" in files
    assert all((proposed.folder / file).is_file() for file in files)


def test_trusted_hosts_are_not_written_through_a_link(proposed: Zoo, tmp_path: Path) -> None:
    victim, trusted = tmp_path / "victim", tmp_path / "hosts.yaml"
    victim.write_text("mine\n", encoding="utf-8")
    trusted.write_bytes((proposed.registry / "hosts.yaml").read_bytes())
    (proposed.registry / "hosts.yaml").unlink()
    (proposed.registry / "hosts.yaml").symlink_to(victim)
    ended = act(proposed, tmp_path, "Fetch what will be run", HOSTS=str(trusted))
    assert ended.returncode == 0, ended.stderr
    assert victim.read_text(encoding="utf-8") == "mine\n"
    assert (proposed.registry / "hosts.yaml").read_bytes() == trusted.read_bytes()
    proposed.registry.rename(tmp_path / "elsewhere")
    proposed.registry.symlink_to(tmp_path / "elsewhere")
    ended = act(proposed, tmp_path, "Fetch what will be run", HOSTS=str(trusted))
    assert (ended.returncode, ended.stderr) == (1, "registry is a symbolic link, and should be a folder.\n")


def test_nothing_of_the_zoo_is_imported_while_the_tool_is_installed(tmp_path: Path) -> None:
    zoo, tool = tmp_path / "zoo", tmp_path / "tool"
    for folder in (zoo / "pip", tool):
        folder.mkdir(parents=True)
    for file in ("venv.py", "pip/__init__.py", "pip/__main__.py"):
        (zoo / file).write_text("open('broken', 'w')\n", encoding="utf-8")
    (step,) = [step for step in steps(ACTION) if step.get("name") == "Install the tool"]
    stated = {key: value for key, value in below(step, "env").items() if "${{" not in value}  # type: ignore[attr-defined]  # a mapping
    path = programs(tmp_path, python=f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    environment = {"PATH": path, "TOOL": str(tool), "VENV": str(tmp_path / "venv"), "PIP_NO_INDEX": "1", **stated}
    ended = run(script(ACTION, "Install the tool"), zoo, environment)
    assert "constraints.txt" in ended.stderr, "there is nothing to install, and that is what pip says"
    assert not (zoo / "broken").exists()


def test_hooks_call_what_there_is() -> None:
    hooks = YAML(typ="safe", pure=True).load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in hooks:
        words = hook["entry"].split()
        target = "models/example_shapes_ssd/manifest.yaml"
        assert re.search(hook["files"], f"registry/{target}")
        command = [sys.executable, "-m", *words, f"registry/{target}"]
        ended = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
