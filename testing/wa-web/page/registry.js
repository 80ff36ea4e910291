import { delay, faults } from './faults.js';
import { traits } from './traits.js';

/** What is loaded, by name: the real page's loader shows its own map under the same name. */
const modulesMap = {};

/** A page that loads lazily has the rest in so many parts, one after another. */
const PARTS = 5;
const PART_MS = 60;

let allThere;
/** All that the page itself stands on is loaded. */
export const whenLoaded = new Promise((resolve) => (allThere = resolve));

let askForMore;
const asked = new Promise((resolve) => (askForMore = resolve));
/** What opening the view that needs them does: the modules that were not needed so far are loaded. */
export const loadTheRest = () => askForMore();

function register(modules) {
  for (const [id, defaultExport] of modules) modulesMap[id] = { id, defaultExport, factory: null };
}

/** At once, or where the page is lazy what its first view needs, the others late, and some not before they are asked for. */
export async function load(modules, ofFirstView) {
  const { lazy } = traits;
  const all = Object.entries(modules);
  if (!lazy) {
    register(all);
    allThere();
    return;
  }
  const isChunk = ([name]) => lazy.modules.includes(name);
  const isFirst = ([name]) => ofFirstView.includes(name);
  register(all.filter((each) => isFirst(each) && !isChunk(each)));
  const rest = all.filter((each) => !isFirst(each) && !isChunk(each));
  const size = Math.ceil(rest.length / PARTS);
  for (let begin = 0; begin < rest.length; begin += size) {
    await delay(PART_MS);
    register(rest.slice(begin, begin + size));
  }
  allThere();
  await Promise.race([asked, ...(lazy.afterMs === null ? [] : [delay(lazy.afterMs)])]);
  register(all.filter(isChunk));
}

/** Synchronous, and throwing on a name that is unknown, or not loaded yet, as in the real page. */
export function requireModule(name) {
  if (name === '__debug') return { modulesMap };
  if (!Object.hasOwn(modulesMap, name) || faults.missingModules?.includes(name))
    throw new Error(`Requiring unknown module "${name}"`);
  return modulesMap[name].defaultExport;
}
