/**
 * Parts of the library that have no door, for floors that are the library with something left out. They come from where
 * `@wakeeper/lifecycle` itself comes from, sources or built package, so that both sides run the same code.
 */
type Machine = typeof import('../packages/lifecycle/src/instance/instance-machine.js');
type Records = typeof import('../packages/lifecycle/src/instance/instance-record.js');
type AcceptedItem = typeof import('../packages/lifecycle/src/ports/accepted-item.js');
type QueueFacts = typeof import('../packages/lifecycle/src/queue/queue-facts.js');
type QueueId = typeof import('../packages/lifecycle/src/manager/queue-id.js');
type Processes = typeof import('../packages/lifecycle/src/drivers/whatsapp-web/process-table.js');
type LaunchOptions = typeof import('../packages/lifecycle/src/drivers/whatsapp-web/launch-options.js');
type Sqlite = typeof import('../packages/lifecycle/src/stores/sqlite/sqlite-database.js');

const door = import.meta.resolve('@wakeeper/lifecycle');
const extension = door.slice(door.lastIndexOf('.'));
const load = (room: string): Promise<unknown> => import(new URL(`${room}${extension}`, door).href);

export const { createInstanceMachine } = (await load('./instance/instance-machine')) as Machine;
export const { newRecord } = (await load('./instance/instance-record')) as Records;
export const { Database } = (await load('./stores/sqlite/sqlite-database')) as Sqlite;
export const { acceptedItem } = (await load('./ports/accepted-item')) as AcceptedItem;
export const { messageFact } = (await load('./queue/queue-facts')) as QueueFacts;
export const { queueIdMaker } = (await load('./manager/queue-id')) as QueueId;
export const { processesOn } = (await load('./drivers/whatsapp-web/process-table')) as Processes;
export const { KEEPING_ARGS, LEAN_ARGS } = (await load(
  './drivers/whatsapp-web/launch-options',
)) as LaunchOptions;
