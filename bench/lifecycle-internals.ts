/**
 * Parts of the library that have no door, for floors that are the library with something left out. They come from where
 * `@wakeeper/lifecycle` itself comes from, sources or built package, so that both sides run the same code.
 */
type Machine = typeof import('../packages/lifecycle/src/instance/instance-machine.js');
type Records = typeof import('../packages/lifecycle/src/instance/instance-record.js');
type Processes = typeof import('../packages/lifecycle/src/drivers/whatsapp-web/process-table.js');
type Sqlite = typeof import('../packages/lifecycle/src/stores/sqlite/sqlite-database.js');

const door = import.meta.resolve('@wakeeper/lifecycle');
const extension = door.slice(door.lastIndexOf('.'));
const load = (room: string): Promise<unknown> => import(new URL(`${room}${extension}`, door).href);

export const { createInstanceMachine } = (await load('./instance/instance-machine')) as Machine;
export const { newRecord } = (await load('./instance/instance-record')) as Records;
export const { Database } = (await load('./stores/sqlite/sqlite-database')) as Sqlite;
export const { processesOn } = (await load('./drivers/whatsapp-web/process-table')) as Processes;
