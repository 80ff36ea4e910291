/** The editions of WhatsApp Web's page: what the real one was at one time, as far as README.md names sources for it. */
export const EDITIONS = ['2026-05', '2026-07', '2026-09'] as const;
export type Edition = (typeof EDITIONS)[number];

/** What a page is unless a test or the environment says otherwise. */
const DEFAULT_EDITION: Edition = '2026-05';

export interface EditionOptions {
  edition?: Edition;
  /** The name of the field in which a message key has its text, where that is the minifier's choice. Default `$1`. */
  keyField?: string;
}

/** What sets one page apart from another. The page asks these, and knows no edition by name. */
export interface PageTraits {
  /** `Debug.VERSION`. */
  version: string;
  /** The own field of a message key that has its text. */
  keyField: string;
  /** A key in the chat with oneself says in its text whether it came in or went out. */
  selfInKeys: boolean;
  /** The database throws when it is asked for what is no text. */
  strictLookUps: boolean;
}

const EARLY: PageTraits = {
  version: '2.3000.1031000000',
  keyField: '_serialized',
  selfInKeys: false,
  strictLookUps: false,
};
const TRAITS: Readonly<Record<Edition, PageTraits>> = {
  '2026-05': EARLY,
  '2026-07': {
    version: '2.3000.1043220887',
    keyField: '$1',
    selfInKeys: true,
    strictLookUps: true,
  },
  '2026-09': {
    version: '2.3000.1047780587',
    keyField: '$1',
    selfInKeys: true,
    strictLookUps: true,
  },
};

/** What a key has beside its text. */
const FIELDS_OF_A_KEY = ['_serialized', 'fromMe', 'remote', 'id', 'self', 'participant'];
const IDENTIFIER = /^[A-Za-z$_][\w$]*$/;

function editionOf(name: string): Edition {
  const edition = EDITIONS.find((each) => each === name);
  if (!edition) throw new Error(`The editions of the page are ${EDITIONS.join(', ')}; "${name}" is none.`);
  return edition;
}

/**
 * What a test asks for, and where it leaves that open, the environment: any suite runs on any page without being edited.
 * @throws Error naming what is no edition or no name of a field
 */
export function traitsOf(options: EditionOptions, environment: NodeJS.ProcessEnv = process.env): PageTraits {
  const { WA_WEB_EDITION, WA_WEB_KEY_FIELD } = environment;
  const traits = TRAITS[editionOf(options.edition ?? WA_WEB_EDITION ?? DEFAULT_EDITION)];
  const keyField = options.keyField ?? WA_WEB_KEY_FIELD;
  // The older page has a name of its own choice, and no minifier changes it.
  if (keyField === undefined || traits.keyField === '_serialized') return traits;
  if (!IDENTIFIER.test(keyField) || FIELDS_OF_A_KEY.includes(keyField))
    throw new Error(`A message key cannot have its text in a field named "${keyField}".`);
  return { ...traits, keyField };
}
