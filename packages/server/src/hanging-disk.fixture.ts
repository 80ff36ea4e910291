/**
 * What a server is made to load first (`--require`), so that its disk can stop answering. The store's thread hangs in a
 * commit, inside a call to the kernel that nothing in the process can cut short, for as long as HANGING_DISK is a named
 * pipe nobody writes to. Text, since it runs as CommonJS in every thread.
 */
export const hangingDisk = `
const { closeSync, existsSync, openSync } = require('node:fs');
const Module = require('node:module');

const { HANGING_DISK: pipe = '' } = process.env;
const load = Module._load;

Module._load = (name, ...rest) => {
  const loaded = load(name, ...rest);
  return name === 'node:sqlite' || name === '@photostructure/sqlite' ? { DatabaseSync: hanging(loaded) } : loaded;
};

const hanging = ({ DatabaseSync }) =>
  class extends DatabaseSync {
    prepare(sql) {
      const statement = super.prepare(sql);
      if (sql !== 'COMMIT') return statement;
      const run = () => {
        if (existsSync(pipe)) closeSync(openSync(pipe, 'r'));
        return statement.run();
      };
      return { run };
    }
  };
`;
