"""The programs a command runs that are typed tools: a script of the house, a control program, an endpoint of an API.

``python3 /opt/tools/transfer_credits.py a b 500`` says in its name what it does, as ``transfer_credits`` would. What
everybody has (``ls``, ``git``, ``sed``) is left to effect inference, which knows what it does.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice, pairwise

__all__ = ["commands_in", "is_everyday", "is_python", "is_shell", "named_programs", "only_wakes", "texts_of"]

Program = tuple[str, tuple[tuple[str, object], ...], str]

_LONGEST = 20_000
_MOST = 40
_MOST_COMMANDS = 1000
_SHELL = re.compile(r"bash|shell|terminal|command|cmd|exec|console|python|code|ipython|interpreter|run", re.IGNORECASE)
_PYTHON = re.compile(r"python|interpreter|notebook|repl", re.IGNORECASE)
_KEYS = (
    "command",
    "cmd",
    "commands",
    "script",
    "code",
    "input",
    "bash",
    "shell",
    "source",
    "program",
    "text",
    "bash_command",
)
_RUNNERS = frozenset(
    """
        python python3 python2 bash sh zsh node ruby perl uv uvx npx sudo nohup time env timeout exec source
        poetry pipenv doas setsid stdbuf nice xargs
    """.split()
)
_EVERYDAY = frozenset(
    """
        ls cat echo cd pwd grep egrep rg find sed awk head tail wc sort uniq cut tr cp mv rm mkdir rmdir
        touch chmod chown ln git pip pip3 pytest npm yarn pnpm make cmake gcc g++ cargo go java javac mvn
        gradle docker kubectl helm terraform aws gcloud az ssh scp rsync curl wget tar zip unzip gzip less
        more man which whereis whoami id uname date df du free top ps kill pkill killall systemctl service
        journalctl crontab at apt apt-get yum dnf brew export set unset alias source test [ [[ true false
        sleep wait printf read tee diff patch file stat xxd od base64 md5sum sha256sum jq yq sqlite3 psql
        mysql redis-cli vim vi nano ed tmux screen history exit return if then else fi for while do done
        case esac function tree env printenv hostname ip ifconfig ping nc netstat ss lsof mount umount fdisk
        nvidia-smi watch yes seq bc openssl gpg tox black ruff mypy flake8 isort python python3 node ruby
        truncate supabase vercel netlify wrangler fly flyctl heroku railway firebase prisma pm2 jest vitest eslint
        prettier tsc vite next nuxt turbo playwright cypress uvicorn gunicorn flask django-admin alembic composer php
        bundle rails rake dotnet swift xcodebuild flutter dart
        perl shutdown reboot halt poweroff trap eval exec pushd popd local declare let shift break continue
    """.split()
)
_KEYWORDS = frozenset("do then else elif if while until ! { $".split())
_WAKES = re.compile(r"(?:^|[._])(?:phone|clock|alarm_?clock|calendar)\.\w*alarms?$", re.IGNORECASE)
_IN_BIN = re.compile(r"^(?:/usr(?:/local)?)?/bin/")
_NO_NAME = re.compile(r"[$\s(){}\"'<>]")
_FLAG = re.compile(r"--?([A-Za-z][\w-]*)(?:=(.*))?$", re.DOTALL)
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_URL = re.compile(r"https?://[^\s/'\"]+(/[^\s'\"?#]*)", re.IGNORECASE)
_SEPARATORS = frozenset({";", "&&", "||", "|", "&", "\n", "(", ")", "|&", ";;"})


def is_shell(tool: str, args: Mapping[str, object]) -> bool:
    """Whether a call hands over commands or a program."""
    return bool(_SHELL.search(tool)) and any(key in args for key in _KEYS)


def texts_of(args: Mapping[str, object]) -> Iterator[str]:
    """The commands and programs among the arguments."""
    for key in _KEYS:
        value = args.get(key)
        if isinstance(value, str):
            yield value[:_LONGEST]
        elif isinstance(value, list) and all(isinstance(word, str) for word in value):
            yield shlex.join(str(word) for word in value)[:_LONGEST]


def named_programs(tool: str, args: Mapping[str, object]) -> Iterator[Program]:
    """The typed tools the commands run, or the functions a program calls: name, arguments as pairs, how it is shown."""
    is_code = is_python(tool, args)
    for text in texts_of(args):
        yield from islice(_functions(text) if is_code else _commands(text), _MOST)


def is_python(tool: str, args: Mapping[str, object]) -> bool:
    """Whether what a call hands over is a program in Python."""
    return "code" in args or _PYTHON.search(tool) is not None


def _commands(text: str) -> Iterator[Program]:
    """The programs of a shell text."""
    for words in _split(text):
        found = _program(words)
        if found is not None:
            yield found


def commands_in(text: str) -> Iterator[list[str]]:
    """The simple commands of a shell text as words, without what only leads up to a program (``do``, ``sudo -u x``)."""
    for words in _split(text):
        at = 0
        while at < len(words) and (words[at] in _KEYWORDS or _leads(words[at])):
            at += 1
        if words[at:] and words[at] not in ("-c", "-m"):
            yield words[at:]


def is_everyday(program: str) -> bool:
    """Whether a program is one that everybody has, or none at all."""
    return program in _EVERYDAY or len(program) < 2 or _NO_NAME.search(program) is not None


@lru_cache(maxsize=64)
def _split(text: str) -> tuple[list[str], ...]:
    """The simple commands of a shell text, roughly: what is quoted stays together, heredocs are left out."""
    return tuple(islice(_each(text), _MOST_COMMANDS))


def _each(text: str) -> Iterator[list[str]]:
    """The same one after the other."""
    for line in _lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        words: list[str] = []
        try:
            for word in lexer:
                if word in _SEPARATORS or (word and not word.strip(";&|()")):
                    if words:
                        yield words
                    words = []
                else:
                    words.append(word)
        except ValueError:
            words = words or line.split()
        if words:
            yield words


def _lines(text: str) -> Iterator[str]:
    """The lines of a shell text that are commands: continued ones joined, bodies of heredocs skipped."""
    ending = ""
    for line in text.replace("\\\n", " ").splitlines():
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        heredoc = re.search(r"<<-?\s*['\"]?(\w+)['\"]?", line)
        ending = heredoc.group(1) if heredoc else ""
        yield line


def _program(words: list[str]) -> Program | None:
    """A command as a typed tool, ``None`` where it is one that everybody has."""
    rest = list(words)
    while rest and _leads(rest[0]):
        rest.pop(0)
    if not rest or rest[0] in ("-c", "-m"):
        return None
    base = rest[0].rpartition("/")[2]
    if base in ("curl", "http", "wget", "https"):
        return _endpoint(rest)
    if base in _EVERYDAY or len(base) < 3 or _NO_NAME.search(base):
        return None
    stem = re.sub(r"\.(?:sh|py|js|rb|pl|exe|bin)$", "", base)
    name, args = stem, []
    for number, word in enumerate(rest[1:24]):
        flag = _FLAG.fullmatch(word)
        if flag is not None:
            value = flag.group(2)
            following = rest[number + 2] if number + 2 < len(rest) else "-"
            args.append(
                (flag.group(1), value if value is not None else True if following.startswith("-") else following)
            )
        elif re.fullmatch(r"[a-z][a-z_-]{2,30}", word) and number < 3 and base == stem and not _is_flag(rest[number]):
            name = f"{name}-{word}"  # a subcommand: `vmctl lease extend`
        elif not word.startswith((">", "<", "2>")):
            args.append(("name", word))
    return name, tuple(args), " ".join(words)[:160]


def _leads(word: str) -> bool:
    """Whether a word stands before the program that is run: a setting, a runner, a flag of one."""
    return (
        _IN_BIN.sub("", word) in _RUNNERS
        or (word[:1] == "-" and word not in ("-c", "-m"))
        or bool(re.fullmatch(r"\w+=\S*", word))
    )


def _is_flag(word: str) -> bool:
    """Whether a word is a flag, whose value may follow."""
    return word.startswith("-") and "=" not in word


def _endpoint(words: list[str]) -> Program | None:
    """A request that changes something: the path of its address is what it does."""
    text = " ".join(words)
    method = next(
        (word.upper() for flag, word in pairwise(words) if flag in ("-X", "--request", "--method")),
        "",
    )
    sends = any(word in ("-d", "--data", "--data-raw", "--json", "-F", "--data-binary") for word in words)
    address = _URL.search(text)
    if address is None or (method not in _WRITES and not (sends and not method)):
        return None
    verb = {"DELETE": "delete", "PUT": "update", "PATCH": "update"}.get(method, "")
    parts = [
        part for part in address.group(1).split("/") if part and not re.fullmatch(r"v?\d+|api|[0-9a-f-]{8,}", part)
    ]
    body = tuple((key, value) for key, value in re.findall(r'"(\w{2,40})"\s*:\s*"?([\w.@-]{1,60})"?', text)[:16])
    return "-".join([verb, *parts[-3:]]).strip("-"), body, text[:160]


def only_wakes(name: str) -> bool:
    """Whether a function sets or deletes an alarm that wakes people and watches nobody."""
    return _WAKES.search(name) is not None


def _functions(text: str) -> Iterator[Program]:
    """The functions a Python text calls by a name that says what they do."""
    if "(" not in text or ("=" not in text and "import" not in text and not text.rstrip().endswith(")")):
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        if "_" not in name.strip("_") and not re.search(r"[a-z][A-Z]", name):
            continue
        of = called.value if isinstance(called, ast.Attribute) else None
        owner = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
        if only_wakes(f"{owner}.{name}"):
            continue
        args = [("name", arg.value) for arg in node.args[:8] if isinstance(arg, ast.Constant)]
        args += [
            (key.arg, key.value.value) for key in node.keywords[:16] if key.arg and isinstance(key.value, ast.Constant)
        ]
        shown = " ".join((ast.get_source_segment(text, node) or name).split())[:160]
        yield name, tuple(args), shown
