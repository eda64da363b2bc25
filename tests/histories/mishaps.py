"""What passes by itself, and what goes wrong: none of it shows."""

from dataclasses import dataclass

from hypothesis import note

from tests.histories.held_jobs import HeldJob
from tests.histories.histories import Step
from tests.histories.oracle import Network
from tests.histories.system import System


@dataclass(slots=True)
class Mishaps:
    system: System
    network: Network

    async def refresh(self, step: Step) -> None:
        note("passive readers' timelines are to be refreshed")
        await self.system.refresh()

    async def lose_index(self, step: Step) -> None:
        author = step.who
        note(f"the pull index of {author} is lost")
        await self.system.lose_indexes([author])

    async def lose_everything(self, step: Step) -> None:
        note("all timelines and pull indexes are lost")
        await self.system.lose_timelines(range(self.network.people))
        await self.system.lose_indexes(range(self.network.people))

    async def job(self, step: Step) -> None:
        if job := await self._any_job(step):
            note(f"done: {job}")
            await self.system.jobs.run(job)

    async def job_repeated(self, step: Step) -> None:
        """Its worker is killed when it has done it, so that it is done again, sooner or later."""
        if job := await self._any_job(step):
            note(f"done, and not acknowledged: {job}")
            await self.system.jobs.run(job, acknowledged=False)

    async def job_broken_off(self, step: Step) -> None:
        if job := await self._any_job(step):
            note(f"broken off after {step.calls} calls: {job}")
            await self.system.jobs.break_off(job, step.calls)

    async def job_paused(self, step: Step) -> None:
        """One of those that write lists, if there is any."""
        if job := await self._any_job(step, "timeline") or await self._any_job(step):
            note(f"stops after {step.calls} calls: {job}")
            await self.system.jobs.pause(job, step.calls)

    async def job_released(self, step: Step) -> None:
        note("the job that stopped goes on")
        await self.system.jobs.release()

    async def jobs(self, step: Step) -> None:
        note("all jobs are done but one that is stopped")
        await self.system.jobs.run_others()

    async def settle(self, step: Step) -> None:
        note("all jobs are done, and the live log holds nothing of it any more")
        await self.system.settle()

    async def forget(self, step: Step) -> None:
        note("the live log is empty")
        await self.system.forget()

    async def _any_job(self, step: Step, queue: str = "") -> HeldJob | None:
        """One of any kind: there are many more of some kinds than of others."""
        waiting = await self.system.jobs.waiting()
        kinds = sorted({job.kind for job in waiting if job.queue.startswith(queue)})
        if not kinds:
            return None
        of_kind = [job for job in waiting if job.kind == kinds[step.pick % len(kinds)]]
        return of_kind[step.pick // len(kinds) % len(of_kind)]
