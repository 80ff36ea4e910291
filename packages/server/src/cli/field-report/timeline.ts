/** What is remembered of one instance, as stretches of time in one place each. */
import type { RememberedInstance, RememberedMove } from '@wakeeper/lifecycle/sqlite';

export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly state: string;
  /** `ready.healthy`: the state and the place in it. */
  readonly place: string;
  readonly isWanted: boolean;
  readonly cause: string;
}

export interface Timeline {
  /** From there on every change of state is known. */
  readonly from: number;
  readonly stretches: readonly Stretch[];
  /** Whatever is kept, from before `from` too: what was then says what is now. */
  readonly kept: readonly Stretch[];
  readonly moves: readonly RememberedMove[];
}

/** Only what the program itself calls its places and causes is told: the rest might be anything. */
const PLACE = /^[a-z_]+\.[A-Za-z_]{1,40}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,40}$/;
export const codeOf = (code: string | null): string =>
  code === null ? 'UNKNOWN' : CODE.test(code) ? code : 'OTHER';
const placeOf = (state: string, detail: string): string => {
  const place = `${state}.${detail}`;
  return PLACE.test(place) ? place : 'other.other';
};

/** The very first move leaves the place in which an instance is made. */
const isBirth = ({ generation, previous }: RememberedMove): boolean =>
  generation === 0 && previous === 'disconnected';

export function timelineOf(instance: RememberedInstance, since: number, until: number): Timeline {
  const { moves, createdAt } = instance;
  const [first] = moves;
  const isWhole = first === undefined || isBirth(first);
  const from = Math.max(since, isWhole ? createdAt : first.at);
  const unmoved: RememberedMove = {
    at: createdAt,
    state: first ? 'disconnected' : instance.state,
    detail: first ? 'stopped' : instance.detail,
    previous: null,
    wanted: first ? 'stopped' : instance.wanted,
    cause: null,
    generation: 0,
  };
  const known = isWhole ? [unmoved, ...moves] : moves;
  const kept = known.map((move, index) => stretchOf(move, known[index + 1]?.at ?? until));
  const stretches = kept
    .map((one) => ({ ...one, from: Math.max(one.from, from) }))
    .filter((one) => one.to > one.from);
  return { from, stretches, kept, moves };
}

function stretchOf({ at, state, detail, wanted, cause }: RememberedMove, to: number): Stretch {
  const place = placeOf(state, detail);
  const [word = ''] = place.split('.');
  return { from: at, to, state: word, place, isWanted: wanted === 'running', cause: codeOf(cause) };
}
