import { delay } from './faults.js';
import { keep } from './messages.js';
import { plain } from './model.js';
import { transmit, whenTaken } from './sending.js';

/** Channels: the library makes the message itself and hands it to a job that answers when the server took it. */
export const newsletterModules = {
  WAWebLoadNewsletterPreviewChatAction: { loadNewsletterPreviewChat: () => delay(0) },
  WAWebMsgDataFromModel: { msgDataFromMsgModel: (msg) => plain(msg.serialize()) },
  WAWebNewsletterUpdateMsgsRecordsJob: {
    addNewsletterMsgsRecords: async () => {},
    updateNewsletterMsgRecord: async (msg) => keep(msg, false),
  },
  WAWebNewsletterSendMessageJob: {
    sendNewsletterMessageJob: async ({ msg }) => {
      const taken = whenTaken(String(msg.id));
      await keep(msg, true);
      transmit(msg);
      const { messageSendResult, t } = await taken;
      return { success: messageSendResult === 'OK', ack: { t }, serverId: 100 };
    },
  },
};
