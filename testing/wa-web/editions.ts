/** The editions of WhatsApp Web's page: what the real one was at one time, as far as README.md names sources for it. */
export const EDITIONS = ['2026-05', '2026-07', '2026-09'] as const;
export type Edition = (typeof EDITIONS)[number];

/** What a page is unless a test or the environment says otherwise: the newest that is known. */
const DEFAULT_EDITION: Edition = '2026-09';

export interface EditionOptions {
  edition?: Edition;
  /** The name of the field in which a message key has its text, where that is the minifier's choice. Default `$1`. */
  keyField?: string;
  /** New chats with people are filed under their lid, and participants of groups go by it. */
  lid?: boolean;
  /** Modules come late, and some (those of channels) later still, or not before they are asked for. */
  lazy?: boolean | LazyModules;
}

export interface LazyModules {
  /** Those that are not loaded with the page. */
  modules: string[];
  /** How long after the others they come by themselves; null: `pageCommand(phone, 'loadModules')` loads them. */
  afterMs: number | null;
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
  /** A model has each attribute in a private field `__x_<name>`, behind an accessor of its class. */
  privateFields: boolean;
  /** A file that was prepared or uploaded has a private id without a value. */
  filesHaveIds: boolean;
  lidChats: boolean;
  lazy: LazyModules | null;
}

const MAY: PageTraits = {
  version: '2.3000.1031000000',
  keyField: '_serialized',
  selfInKeys: false,
  strictLookUps: false,
  privateFields: false,
  filesHaveIds: false,
  lidChats: false,
  lazy: null,
};
const JULY: PageTraits = {
  ...MAY,
  version: '2.3000.1043220887',
  keyField: '$1',
  selfInKeys: true,
  strictLookUps: true,
};
const SEPTEMBER: PageTraits = {
  ...JULY,
  version: '2.3000.1047780587',
  privateFields: true,
  filesHaveIds: true,
};
const TRAITS: Readonly<Record<Edition, PageTraits>> = {
  '2026-05': MAY,
  '2026-07': JULY,
  '2026-09': SEPTEMBER,
};

/** Less than the 750 ms for which those who wait for the modules see no new one. */
const CHANNELS_LATE: LazyModules = {
  modules: [
    'WAWebLoadNewsletterPreviewChatAction',
    'WAWebMsgDataFromModel',
    'WAWebNewsletterUpdateMsgsRecordsJob',
    'WAWebNewsletterSendMessageJob',
  ],
  afterMs: 600,
};

/** What a key has beside its text. */
const FIELDS_OF_A_KEY = ['_serialized', 'fromMe', 'remote', 'id', 'self', 'participant'];
const IDENTIFIER = /^[A-Za-z$_][\w$]*$/;

function editionOf(name: string): Edition {
  const edition = EDITIONS.find((each) => each === name);
  if (!edition) throw new Error(`The editions of the page are ${EDITIONS.join(', ')}; "${name}" is none.`);
  return edition;
}

/** Of a list such as `lid,lazy`. @throws Error naming what is no axis */
export function axesOf(list: string): { lid: boolean; lazy: boolean } {
  const axes = list.split(',').filter((axis) => axis !== '');
  const unknown = axes.find((axis) => axis !== 'lid' && axis !== 'lazy');
  if (unknown !== undefined) throw new Error(`The axes of the page are lid, lazy; "${unknown}" is none.`);
  return { lid: axes.includes('lid'), lazy: axes.includes('lazy') };
}

function fieldOf(name: string): string {
  if (!IDENTIFIER.test(name) || FIELDS_OF_A_KEY.includes(name))
    throw new Error(`A message key cannot have its text in a field named "${name}".`);
  return name;
}

/**
 * What a test asks for, and where it leaves that open, the environment: any suite runs on any page without being edited.
 * @throws Error naming what is no edition, no axis, or no name of a field
 */
export function traitsOf(options: EditionOptions, environment: NodeJS.ProcessEnv = process.env): PageTraits {
  const { WA_WEB_EDITION, WA_WEB_KEY_FIELD, WA_WEB_AXES = '' } = environment;
  const { lid, lazy } = { ...axesOf(WA_WEB_AXES), ...options };
  const traits = TRAITS[editionOf(options.edition ?? WA_WEB_EDITION ?? DEFAULT_EDITION)];
  const keyField = options.keyField ?? WA_WEB_KEY_FIELD;
  return {
    ...traits,
    // The older page has a name of its own choice, and no minifier changes it.
    ...(keyField !== undefined && traits !== MAY ? { keyField: fieldOf(keyField) } : {}),
    lidChats: lid,
    lazy: lazy === true ? CHANNELS_LATE : lazy || null,
  };
}
