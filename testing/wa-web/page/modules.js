import { lidOf, numberOf } from './addresses.js';
import { Chat, ChatGetters, findOrCreateLatestChat, Newsletters, queryWidExists, sendSeen } from './chats.js';
import { Cmd } from './cmd.js';
import { Collection } from './collection.js';
import { Contact, ContactGetters, parseVcard, vcardFromContactModel } from './contacts.js';
import { Emitter } from './emitter.js';
import { LinkDeviceEvents } from './link-device-events.js';
import { findLink, findLinks, getLinkPreview } from './links.js';
import { LogoutReason } from './logout.js';
import { Conn, MeUser, Socket } from './me.js';
import { mediaModules } from './media.js';
import { loadEarlier, Msg } from './messages.js';
import { MsgKey } from './msg-key.js';
import { newsletterModules } from './newsletters.js';
import { load } from './registry.js';
import { addAndSendMsgToChat } from './sending.js';
import { AltDeviceLinking, refreshQR } from './session.js';
import { OfflineMessageHandler } from './sync.js';
import { timelockModules } from './timelock.js';
import { PollVotesSchema, PollVoteTable, ReactionTable, sendReactionToMsg } from './votes.js';
import { createWid, WidFactory } from './wid.js';

const keyPair = () => ({ pubKey: crypto.getRandomValues(new Uint8Array(32)) });
const noise = { staticKeyPair: keyPair() };
const registration = { identityKeyPair: keyPair() };
const encodeB64 = (bytes) => btoa(String.fromCharCode(...bytes));
const advSecret = encodeB64(crypto.getRandomValues(new Uint8Array(32)));

/** The modules that whatsapp-web.js asks for by name. Plain objects: the library overwrites members of some. */
const modules = {
  WAWebSocketModel: { Socket },
  WAWebCmd: { Cmd },
  WAWebConnModel: { Conn },
  WAWebLogoutReason: LogoutReason,
  WAWebOfflineHandler: { OfflineMessageHandler },
  WAWebAltDeviceLinkingApi: AltDeviceLinking,
  WAWebLinkDeviceEvents: { LinkDeviceEvents },
  WAWebLaunchSocketUtils: { refreshQR },
  WABase64: { encodeB64 },
  WAWebCompanionRegClientUtils: { DEVICE_PLATFORM: '1' },
  WAWebAdvSignatureApi: {},
  WAWebUserPrefsInfoStore: { waNoiseInfo: { get: async () => noise } },
  WAWebSignalStoreApi: { waSignalStore: { getRegistrationInfo: async () => registration } },
  WAWebUserPrefsMultiDevice: { getADVSecretKey: () => advSecret },
  WAWebUserPrefsMeUser: MeUser,
  WAWebMiscBrowserUtils: { info: () => ({ os: 'Linux', name: 'Chrome', version: '2.3000' }) },
  WAWebCollections: {
    Msg,
    Chat,
    Contact,
    WAWebNewsletterCollection: Newsletters,
    GroupMetadata: Object.assign(new Collection(), { update: async () => {} }),
    Blocklist: new Collection(),
    BusinessProfile: new Collection(() => ({})),
    ProfilePicThumb: new Collection(),
    Label: new Collection(),
    Status: new Collection(),
  },
  WAWebSyncGatingUtils: { isPlaceholderMessageResendEnabled: () => false },
  WAWebCallCollection: Object.assign(new Emitter(), { calls: new Map() }),
  WAWebAddonReactionTableMode: ReactionTable,
  WAWebAddonPollVoteTableMode: PollVoteTable,
  WAWebPollsVotesSchema: PollVotesSchema,
  WAWebBackendJobsCommon: { mediaTypeFromProtobuf: () => null },
  WAWebE2EProtoUtils: { typeAttributeFromProtobuf: () => 'text' },
  WAWebNonMessageDataRequestPlaceholderMessageResendUtils: { handlePlaceholderMsgsSeen: () => {} },
  WAWebWidFactory: WidFactory,
  WAWebLidMigrationUtils: { toPn: (wid) => createWid(wid) },
  WAWebFindChatAction: { findOrCreateLatestChat },
  WAWebChatGetters: ChatGetters,
  WAWebChatLoadMessages: { loadEarlierMsgs: ({ chat }) => loadEarlier(chat) },
  WAWebChatStateBridge: {
    sendChatStateComposing: async () => {},
    sendChatStateRecording: async () => {},
    sendChatStatePaused: async () => {},
  },
  WAWebStreamModel: { Stream: { markAvailable: () => {}, markUnavailable: () => {} } },
  WAWebPresenceChatAction: { sendPresenceAvailable: async () => {}, sendPresenceUnavailable: async () => {} },
  WAWebUpdateUnreadChatAction: { sendSeen },
  WALinkify: { findLink, findLinks },
  WAWebLinkPreviewChatAction: { getLinkPreview },
  WAWebMsgKey: MsgKey,
  WAWebMsgReply: { canReplyMsg: (msg) => msg.canReply() },
  WAWebQuotedMsgModelUtils: { getQuotedMsgObj: (msg) => Msg.get(msg.quotedMsgKey) },
  WAWebGetEphemeralFieldsMsgActionsUtils: { getEphemeralFields: () => ({}) },
  WAWebSendMsgChatAction: { addAndSendMsgToChat },
  WAWebSendReactionMsgAction: { sendReactionToMsg },
  WAWebQueryExistsJob: { queryWidExists },
  WAWebContactGetters: ContactGetters,
  WAWebFrontendContactGetters: { getIsMyContact: () => false },
  WAWebApiContact: {
    getAlternateUserWid: () => undefined,
    getCurrentLid: lidOf,
    getPhoneNumber: numberOf,
  },
  WAWebFrontendVcardUtils: { vcardFromContactModel },
  WAWebVcardParsingUtils: { parseVcard },
  WAWebVcardGetNameFromParsed: { vcardGetNameFromParsed: ({ name }) => name },
  ...mediaModules,
  ...newsletterModules,
  ...timelockModules,
};

/** What is needed to show a QR, or to connect. */
const FIRST_VIEW = [
  'WAWebSocketModel',
  'WAWebCmd',
  'WAWebConnModel',
  'WAWebOfflineHandler',
  'WAWebAltDeviceLinkingApi',
  'WAWebLaunchSocketUtils',
  'WABase64',
  'WAWebCompanionRegClientUtils',
  'WAWebAdvSignatureApi',
  'WAWebUserPrefsInfoStore',
  'WAWebSignalStoreApi',
  'WAWebUserPrefsMultiDevice',
  'WAWebUserPrefsMeUser',
  'WAWebMiscBrowserUtils',
];

void load(modules, FIRST_VIEW);
