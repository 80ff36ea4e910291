/** What a message can be reacted with. */

const LONGEST = 64;
const segments = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One emoji, with its skin tone, its joiners and whatever else makes one sign of it. */
export function isEmoji(text: string): boolean {
  if (text.length > LONGEST || !/\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20e3/u.test(text))
    return false;
  return [...segments.segment(text)].length === 1;
}
