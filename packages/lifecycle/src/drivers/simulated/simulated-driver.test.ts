import type { DriverHarness } from '../../ports/driver.contract.js';
import { describeDriver } from '../../ports/driver.contract.js';
import { VirtualClock } from '../../ports/virtual-clock.js';
import { simulatedDriver } from './simulated-driver.js';
import { simulatedAssertion } from './simulated-passkey.js';
import { SimulatedWhatsApp } from './simulated-whatsapp.js';

function simulatedHarness(): DriverHarness {
  const clock = new VirtualClock();
  const whatsapp = new SimulatedWhatsApp();
  let profiles = 0;
  return {
    makeDriver: async () => simulatedDriver({ clock, whatsapp }),
    until: async (fact) => {
      await clock.until(fact);
    },
    now: () => clock.now(),
    browsers: async (id) => (whatsapp.openGeneration(id) === null ? 0 : 1),
    scan: async (id) => whatsapp.phone(id).scan(),
    requirePasskey: async (id, rules) => whatsapp.requirePasskey(id, rules),
    assertPasskey: async (_id, options) => simulatedAssertion(options),
    comparePasskeyCode: async (id, code) => whatsapp.phone(id).comparePasskeyCode(code),
    unlink: async (id) => whatsapp.phone(id).unlink(),
    receive: async (id, body, chat) => whatsapp.phone(id).receive({ body, ...(chat && { chat }) }).id,
    receiveUnreadable: async (id, body) => whatsapp.phone(id).receive({ body, unreadable: true }).id,
    decrypt: async (id, messageId) => void whatsapp.phone(id).decrypt(messageId),
    receiveSilently: async (id, body) => whatsapp.phone(id).receive({ body, silent: true }).id,
    receivePicture: async (id, media) => whatsapp.phone(id).receive({ body: 'Look', media }).id,
    write: async (id, body) => whatsapp.phone(id).write({ body }).id,
    edit: async (id, messageId, body) => void whatsapp.phone(id).edit(messageId, body),
    revoke: async (id, messageId) => void whatsapp.phone(id).revoke(messageId),
    react: async (id, messageId, reaction) => void whatsapp.phone(id).react(messageId, reaction),
    vote: async (id, messageId, option) => void whatsapp.phone(id).vote(messageId, [option]),
    delivered: async (id) =>
      whatsapp.deliveries(id).map(({ messageKey, content }) => ({
        messageKey,
        ...(content.type === 'poll'
          ? { text: content.payload.question, mentions: [], quotedKey: null }
          : {
              text: content.payload.text ?? '',
              mentions: content.payload.mentions ?? [],
              quotedKey: content.payload.quotedMessageId?.split('_')[2] ?? null,
            }),
      })),
    reactions: async (id) => Object.fromEntries(whatsapp.reactions(id)),
    readChats: async (id) => whatsapp.readChats(id),
    killBrowser: async (id) => whatsapp.browser(id).exit(),
    freezeBrowser: async (id) => {
      whatsapp.browser(id).hang();
      whatsapp.faults(id).next('close', 'hang');
    },
    crashPage: async (id) => whatsapp.browser(id).crash(),
    closePage: async (id) => whatsapp.browser(id).closePage(),
    setSocketState: async (id, state) => whatsapp.browser(id).setSocketState(state),
    changePage: async (id, lacking) => whatsapp.changePage(id, lacking),
    stopCodes: async (id) => whatsapp.browser(id).stopCodes(),
    withholdAcks: async (id) => void whatsapp.faults(id).always('ack', 'withhold'),
    releaseAcks: async (id) => {
      whatsapp.faults(id).clear('ack');
      whatsapp.browser(id).releaseAcks();
    },
    restrict: async (id, restriction) => whatsapp.restrict(id, restriction),
    silenceLookUps: async (id) => void whatsapp.faults(id).always('exists', 'silence'),
    answerLookUps: async (id) => void whatsapp.faults(id).clear('exists'),
    forgetHistory: async (id) => whatsapp.forgetHistory(id),
    foreignProfile: async (use) => {
      const path = `/somewhere/session-${++profiles}`;
      whatsapp.leaveProfile(path, { inUse: use === 'inUse' });
      return path;
    },
    unknownRecipient: '999123456789@c.us',
    lengthenedNumber: { written: '5531987654321', registered: '553187654321' },
    dispose: async () => {},
  };
}

describeDriver('simulated', async () => simulatedHarness());
