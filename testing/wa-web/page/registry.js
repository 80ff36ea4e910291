import { faults } from './faults.js';

/** What is loaded, by name: the real page's loader shows its own map under the same name. */
const modulesMap = {};

export function register(modules) {
  for (const [id, defaultExport] of Object.entries(modules))
    modulesMap[id] = { id, defaultExport, factory: null };
}

/** Synchronous, and throwing on a name that is unknown, or not loaded yet, as in the real page. */
export function requireModule(name) {
  if (name === '__debug') return { modulesMap };
  if (!Object.hasOwn(modulesMap, name) || faults.missingModules?.includes(name))
    throw new Error(`Requiring unknown module "${name}"`);
  return modulesMap[name].defaultExport;
}
