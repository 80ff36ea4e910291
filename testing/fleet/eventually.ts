/** Waiting for a fact of another process: asked again and again until a deadline, since it cannot tell by itself. */

const ASK_EVERY_MS = 50;

/**
 * The first answer that is not undefined.
 * @throws Error at the deadline, with `describe()`'s answer
 */
export async function eventually<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  timeoutMs: number,
  describe: () => unknown,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline)
      throw new Error(`Not within ${timeoutMs} ms: ${JSON.stringify(await describe())}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
