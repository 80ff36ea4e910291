/** The sentences that must hold, each once. They are printed with every run; a violation begins with the one it breaks. */
export const SENTENCES = {
  durable: 'A receipt is given after its item is durable.',
  kept: 'Nothing accepted is lost.',
  refused: 'What was refused is not kept and not sent.',
  order: 'Nothing overtakes: first attempts come in the order of acceptance.',
  oneInFlight: 'An instance sends one message at a time.',
  once: 'Nothing is sent twice, except a resend that the policy or a person asked for.',
  account:
    'Nothing goes out in the name of another account than the one it was accepted for, unless a person releases it.',
  true: 'What is called sent is at WhatsApp.',
  settled: 'An item settles once.',
  uncertain: 'A kill finds at most one item of an instance in flight.',
  idempotent: 'An idempotency key makes one item.',
  oneBrowser: 'An instance never has two browsers.',
  budget: 'Automatic restarts keep to the budget, and beyond it to its rate.',
  gate: 'No more browsers start at once than the gate allows.',
  singleFlight: 'A restart asked for while one runs is that one.',
  needsQr: 'needs_qr opens no browser by itself, and is no rung of the ladder.',
  generation: 'A generation that is over changes nothing.',
  deadline: 'Every transient place is left by its deadline.',
  incompatible: 'On a page that cannot do what is needed nothing is sent.',
  proved: 'A ready page that does not answer is noticed.',
  numbered: 'Facts are numbered without a gap, and each is told once its commit is over.',
  heard: 'A message that comes in is told once, and none is lost that came since the account was there.',
  fenced: 'A process that was superseded writes nothing.',
  calm: 'Once everything is healed the fleet becomes calm and drained.',
  sound: 'Nothing breaks that has no answer for it.',
} as const;
export type Sentence = keyof typeof SENTENCES;

/** Collects what was violated, in the words above. */
export class Violations {
  readonly found: string[] = [];

  add(sentence: Sentence, at: number | null, what: string): void {
    const when = at === null ? '' : ` [${new Date(at).toISOString().slice(11, 23)}]`;
    this.found.push(`${SENTENCES[sentence]}${when} ${what}`);
  }
}
