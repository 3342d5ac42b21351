"""Chooses the answer to a recorded request: a further page, a rule, chaos, or the default.

It only decides: if the driver inside must be called, the recorder does that, sync or async.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from threading import RLock

from coodie._errors import QueryWarning
from coodie._warn import warn
from coodie.cql.message import Batch, Page, Request
from coodie.cql.show import show_request
from coodie.testing import faults
from coodie.testing.arguments import a_number, a_whole_number, is_a
from coodie.testing.clock import Clock
from coodie.testing.errors import ImpossibleReply, UnexpectedCall, UnusedReply
from coodie.testing.faults import Fault
from coodie.testing.script.defaults import HINT, default_answer
from coodie.testing.script.matching import Matcher, verb_of
from coodie.testing.script.refusals import refused
from coodie.testing.script.replies import pages
from coodie.testing.script.rules import Happened, Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision for a request: whether to call the driver inside, and then a page or an error.

    With neither, the answer is the page of the driver inside.
    """

    forwards: bool = False
    page: Page | None = None
    error: BaseException | None = None

    def settled(self, page: Page) -> Page:
        """The answer, given the page of the driver inside; raises it if it is an error."""
        if self.error is not None:
            raise self.error
        return self.page if self.page is not None else page


@dataclass(frozen=True, slots=True)
class Chaos:
    """Random faults, reproducible with the same seed and calls."""

    faults: tuple[Fault, ...]
    rate: float
    seed: int
    random: Random


class Script:
    """The rules of one recorder."""

    def __init__(
        self, clock: Clock, *, alone: bool, strict: bool, seed: int, shows_values: Callable[[], bool] = lambda: False
    ) -> None:
        self._clock = clock
        self._alone = alone
        self._strict = strict
        self._shows_values = shows_values
        a_whole_number("a seed", seed)
        self._random = Random(seed)
        self._rules: list[Rule] = []
        self._otherwise: Rule | None = None
        self._order: list[Rule] | None = None
        self._chaos: Chaos | None = None
        self._following: dict[bytes, tuple[str, Page]] = {}
        self._lock = RLock()
        self.closed = False
        """Whether nothing but rules may answer, as in a replay."""

    def add(self, matcher: Matcher) -> Rule:
        """A new rule, added after the existing ones."""
        with self._lock:
            rule = Rule(matcher, alone=self._alone, after=self._order or ())
            self._rules.append(rule)
            if self._order is not None:
                self._order.append(rule)
        return rule

    def otherwise(self) -> Rule:
        """A new rule for all calls that no other rule answers, however many."""
        self._otherwise = Rule(Matcher(), alone=self._alone).times(None).optional()
        return self._otherwise

    @contextmanager
    def in_order(self) -> Generator[None]:
        """Make each rule that is created in the block wait for those before it."""
        self._order = []
        try:
            yield
        finally:
            self._order = None

    def chaos(self, faults: Sequence[Fault], rate: float, seed: int | None) -> int:
        """Let calls that no rule answers fail at random; returns the seed."""
        seed = seed if seed is not None else Random().randrange(2**32)
        a_whole_number("a seed", seed)
        a_number("a rate", rate)
        if not all(is_a(fault, Fault) for fault in faults):
            raise TypeError("chaos() takes faults of coodie.testing.faults, each as an argument of its own")
        noted = tuple(replace(fault, note=f" (chaos, seed {seed})") for fault in faults)
        self._chaos = Chaos(noted, rate, seed, Random(seed))
        return seed

    def outcome(self, request: Request) -> Outcome:
        """The decision for ``request``. Raises `UnexpectedCall` and `ImpossibleReply`."""
        __tracebackhide__ = True
        with self._lock:
            following = self._follows(request)
            if following is not None:
                return Outcome(page=following)
            rule = next((rule for rule in self._rules if rule.answers(request)), None)
            if rule is None:
                return self._struck(request) or self._unruled(request)
            self._check(request, rule)
            rule.use()
            return self._ruled(rule, request)

    def unused(self, requests: Sequence[Request]) -> UnusedReply | None:
        """The error for rules that were not used as they should, with the requests that came; None if there are
        none.
        """
        rules = [rule for rule in self._rules if rule.unused]
        if not rules:
            return None
        lines = "\n".join(line for rule in rules for line in _unused(rule, requests if self._alone else ()))
        count = "a scripted reply was" if len(rules) == 1 else f"{len(rules)} scripted replies were"
        return UnusedReply(f"{count} never asked for:\n\n{lines}\n\n{_UNUSED_HINT}")

    def _follows(self, request: Request) -> Page | None:
        state = request.options.paging_state
        if isinstance(request, Batch) or state is None or state not in self._following:
            return None
        text, page = self._following[state]
        return page if text == request.cql else None

    def _struck(self, request: Request) -> Outcome | None:
        chaos = self._chaos
        if chaos is None or chaos.random.random() >= chaos.rate:
            return None
        values = self._shows_values()
        errors = [error for fault in chaos.faults if (error := fault.error(request, values=values)) is not None]
        if not errors:
            return None
        return Outcome(not self._alone and chaos.random.random() < 0.5, error=chaos.random.choice(errors))

    def _unruled(self, request: Request) -> Outcome:
        __tracebackhide__ = True
        if self._otherwise is not None:
            self._check(request, self._otherwise)
            return self._ruled(self._otherwise, request)
        if not self._alone:
            return Outcome(forwards=True)
        self._check(request, None)
        answer = None if self.closed else default_answer(request, strict=self._strict)
        if answer is None:
            raise self._unexpected(request)
        return Outcome(page=answer)

    def _check(self, request: Request, rule: Rule | None) -> None:
        """Refuse or warn about a SELECT that a cluster would refuse, unless the test scripts that refusal."""
        __tracebackhide__ = True
        fails = rule is not None and rule.fault is not None
        if not self._alone or self.closed or fails or isinstance(request, Batch):
            return
        why = refused(request, rule.matcher.definition if rule is not None else None)
        if why is None:
            return
        if not self._strict:
            warn(f"a cluster refuses this SELECT: {why}: {request.cql}", QueryWarning)
            return
        raise UnexpectedCall(f"a cluster refuses this SELECT: {why}\n\n{show_request(request)}\n\n{_REFUSED_HINT}")

    def _ruled(self, rule: Rule, request: Request) -> Outcome:
        __tracebackhide__ = True
        self._clock.tick(rule.seconds)
        timeout = request.options.timeout
        if timeout is not None and rule.seconds > timeout:
            late = self._error(faults.client_timeout(), request)
            return Outcome(self._happens(rule.forward), error=late)
        try:
            return self._answered(rule, request)
        except ImpossibleReply as error:
            # Around a real driver, messages must not show bound values.
            call = show_request(request) if self._alone else f"-- {verb_of(request)}"
            raise ImpossibleReply(f"{error}\n\nrule: {rule!r}\ncall:\n{call}") from None

    def _answered(self, rule: Rule, request: Request) -> Outcome:
        if rule.fault is not None:
            return Outcome(self._happens(rule.forward), error=self._error(rule.fault, request))
        if rule.reply is None and not rule.forward:
            raise ImpossibleReply(
                "the rule has no reply; say .returns(...), .returns_nothing(), .applied(...) or the like"
            )
        if rule.reply is None:
            return Outcome(forwards=True)
        return Outcome(
            page=self._linked(pages(rule.reply, request, rule.matcher.types, rule.matcher.definition), request)
        )

    def _error(self, fault: Fault | BaseException, request: Request) -> BaseException:
        if isinstance(fault, BaseException):
            if getattr(fault, "request", request) is None:
                fault.request = request  # type: ignore[attr-defined]
            return fault
        error = fault.error(request, values=self._shows_values())
        if error is None:
            raise ImpossibleReply(f"no server answers such a request with {fault!r}")
        return error

    def _happens(self, happened: Happened) -> bool:
        return self._random.random() < 0.5 if happened == "maybe" else happened

    def _linked(self, found: list[Page], request: Request) -> Page:
        """The first page, with paging states that lead to the others."""
        first = found[0]
        if isinstance(request, Batch) or len(found) == 1:
            return first
        states = [f"coodie-{len(self._following) + at}".encode() for at in range(1, len(found))]
        linked = [Page(page.columns, page.rows, state) for page, state in zip(found, [*states, None], strict=True)]
        self._following.update({state: (request.cql, page) for state, page in zip(states, linked[1:], strict=True)})
        return linked[0]

    def _unexpected(self, request: Request) -> UnexpectedCall:
        parts = [f"nothing was scripted to answer this call:\n\n{show_request(request)}"]
        early = [rule.waits_for for rule in self._rules if rule.waits_for and rule.matcher.matches(request)]
        if early:
            parts.append(f"the order is wrong; in_order() expects this call next: {early[0]!r}")
        if self._rules:
            parts.append("\n".join(_nearest_rule(self._rules, request)))
        if unused := [rule for rule in self._rules if rule.unused]:
            parts.append("\n".join(["unused rules:", *(f"  {rule!r}" for rule in unused)]))
        return UnexpectedCall("\n\n".join([*parts, _REPLAY_HINT if self.closed else HINT]))


_REPLAY_HINT = "A replay answers only from its file: record it anew, or redact the values that differ from run to run."
_REFUSED_HINT = (
    "If the cluster has an index for it, give the model that index too; a refusal is a QueryWarning with\n"
    "RecordingDriver(strict=False), or @pytest.mark.coodie(strict=False) with the coodie_recorder fixture."
)
_UNUSED_HINT = (
    "A reply that need not be used is .optional(); to let all of them be, @pytest.mark.coodie(unused='ignore')\n"
    "or recorder.verify(unused='ignore')."
)


def _nearest_rule(rules: Iterable[Rule], request: Request) -> list[str]:
    def distance(rule: Rule) -> tuple[bool, int, int]:
        is_other = rule.matcher.verb not in (None, verb_of(request))
        return is_other, len(rule.matcher.differences(request)), len(rule.hindrances(request))

    nearest = min(rules, key=distance)
    return [f"nearest rule: {nearest!r}", *(f"  {line}" for line in nearest.hindrances(request))]


def _unused(rule: Rule, requests: Sequence[Request]) -> list[str]:
    used = f" (used {rule.uses} of {rule.wanted} times)" if rule.uses else ""
    lines = [f"{rule!r}{used}"]
    if requests:
        differences = min((rule.matcher.differences(request) for request in requests), key=len)
        lines += [f"  nearest call: {line}" for line in differences]
    return lines
