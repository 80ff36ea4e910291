/** The oracle: plain data in, violated sentences out. It shares no code with the product, and knows none of its types. */
import type { Run } from '../history.js';
import { AccountJudge } from './accounts.js';
import { judgeFacts } from './facts.js';
import { judgeInbox } from './inbox.js';
import { MessageJudge } from './messages.js';
import { OpeningJudge } from './openings.js';
import { PlaceJudge } from './places.js';
import { Violations } from './sentences.js';

export function judge(run: Run): readonly string[] {
  const violations = new Violations();
  new MessageJudge(run, violations).judge();
  new AccountJudge(run, violations).judge();
  new OpeningJudge(run, violations).judge();
  new PlaceJudge(run, violations).judge();
  judgeFacts(run, violations);
  judgeInbox(run, violations);
  return violations.found;
}
