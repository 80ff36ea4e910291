/** A generation is torn down in several places of the chart, each time in the same way. */
import type { CloseMode } from '../ports/driver.js';
import type { InstanceContext } from './instance-events.js';

export interface ClosingInput {
  readonly instanceId: string;
  readonly mode: CloseMode;
  readonly deadlineMs: number;
}

/** What the places share in which a generation is torn down: whether it ends well, fails or hangs, the next place follows. */
export const teardown = <const Next>(mode: (context: InstanceContext) => CloseMode, next: Next) =>
  ({
    exit: 'announceClosed',
    invoke: {
      id: 'close',
      src: 'closeDriver',
      input: ({ context }: { context: InstanceContext }): ClosingInput => ({
        instanceId: context.id,
        mode: mode(context),
        deadlineMs: context.options.closeTimeoutMs,
      }),
      onDone: next,
      onError: next,
    },
    after: { closeDeadline: next },
  }) as const;
