"""Open panels, in a process of their own: each does what the panel's script does in a tab that is seen.

    python -m tests.bench.tabs PORT PASSWORD    until its input ends; says `open` when all streams are there

A tab holds the stream of changes, and fetches its whole page anew whenever that says that something moved.
"""

import asyncio
import sys

import httpx

TABS = 10
_PAGES = ("/admin/", "/admin/requests", "/admin/accounts", "/admin/keys", "/admin/models")
_OWN = {"sec-fetch-site": "same-origin"}


async def main(port: int, password: str) -> None:
    """Keep the tabs open."""
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=None) as browser:
        begun = await browser.post("/admin/sign-in", data={"password": password}, headers=_OWN)
        assert begun.status_code == 303, begun.status_code
        opened = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tabs:
            running = [
                tabs.create_task(_tab(browser, _PAGES[at % len(_PAGES)], opened)) for at in range(TABS)
            ]
            for _ in range(TABS):
                await opened.acquire()
            print("open", flush=True)
            await loop.run_in_executor(None, sys.stdin.read)
            for tab in running:
                tab.cancel()


async def _tab(browser: httpx.AsyncClient, page: str, opened: asyncio.Semaphore) -> None:
    async with browser.stream("GET", "/admin/events") as events:
        opened.release()
        async for line in events.aiter_lines():
            if line == "event: moved":
                reply = await browser.get(page)
                assert reply.status_code == 200, f"{page}: {reply.status_code}"


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
