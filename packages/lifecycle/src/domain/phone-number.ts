/** Phone numbers as people write them, and the digits that WhatsApp knows them by. */

/** ITU-T E.164, with country code. */
const DIGITS = /^[1-9][0-9]{6,14}$/;
const PUNCTUATION = /[+()\-. ]/g;
/** `+49 (0) 151 …`: the 0 is dialled within the country alone, and nothing says so once the parentheses are gone. */
const TRUNK_ZERO = /\(\s*0[\d .-]*\)/;

export const PHONE_NUMBER_RULE = 'must be a phone number with country code: 7 to 15 digits, no leading 0';

/** What is wrong is said as the end of a sentence that begins with the field. */
export type ReadPhoneNumber = { readonly digits: string } | { readonly wrong: string };

/** Numbers may carry `+ ( ) - .` and spaces; 7 to 15 digits without a leading 0 must remain. */
export function readPhoneNumber(given: string | number): ReadPhoneNumber {
  // A sign or a fraction is no punctuation.
  if (typeof given === 'number' && !(Number.isSafeInteger(given) && given > 0))
    return { wrong: PHONE_NUMBER_RULE };
  const written = String(given);
  const [zero] = TRUNK_ZERO.exec(written) ?? [];
  if (zero !== undefined)
    return {
      wrong: `has "${zero}", where a 0 stands that is dialled within a country: leave the 0 out. Where it belongs to the number, leave out the parentheses`,
    };
  const digits = written.replace(PUNCTUATION, '');
  return DIGITS.test(digits) ? { digits } : { wrong: PHONE_NUMBER_RULE };
}
