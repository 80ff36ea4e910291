/** What each capability needs of the page, by module and function. whatsapp-web.js or our own functions ask for it. */
import type { PageCapability } from '../../domain/page-report.js';

/**
 * `Module.path.to.function`. With `?` at its end a name may be anything but missing. Each stands at one capability, so that
 * a page that has lost it loses no more than what rests on it.
 */
export const PAGE_NEEDS: Readonly<Record<PageCapability, readonly string[]>> = {
  core: [
    'WAWebCollections.Msg.get',
    'WAWebCollections.Msg.getModelsArray',
    'WAWebCollections.Chat.get',
    'WAWebCollections.Chat.getModelsArray',
    'WAWebCollections.Contact.get',
    'WAWebCollections.Contact.getModelsArray',
    'WAWebSocketModel.Socket.on',
    'WAWebConnModel.Conn.on',
    'WAWebCmd.Cmd.on',
    'WAWebUserPrefsMeUser.getMaybeMePnUser',
    'WAWebUserPrefsMeUser.getMaybeMeLidUser',
  ],
  ids: ['WAWebWidFactory.createWid', 'WAWebMsgKey?'],
  inbound: [
    'WAWebCollections.Msg.on',
    'WALinkify.findLinks',
    'WAWebSyncGatingUtils?',
    'WAWebCallCollection?',
  ],
  sendText: [
    'WAWebSendMsgChatAction.addAndSendMsgToChat',
    'WAWebMsgKey.newId',
    'WAWebChatGetters.getIsNewsletter',
    'WAWebChatGetters.getIsBroadcast',
    'WAWebGetEphemeralFieldsMsgActionsUtils.getEphemeralFields',
    'WAWebFindChatAction.findOrCreateLatestChat',
    'WALinkify.findLink',
    'WAWebMsgReply.canReplyMsg',
  ],
  media: [
    'WAWebMediaOpaqueData.createFromData',
    'WAWebPrepRawMedia.prepRawMedia',
    'WAWebMediaStorage.getOrCreateMediaObject',
    'WAWebMmsMediaTypes.msgToMediaType',
    'WAWebMediaDataUtils.shouldUseMediaCache',
    'WAWebMediaMmsV4Upload.uploadMedia',
  ],
  acks: [],
  reactions: [
    'WAWebAddonReactionTableMode.reactionTableMode.bulkUpsert',
    'WAWebSendReactionMsgAction.sendReactionToMsg',
  ],
  votes: ['WAWebAddonPollVoteTableMode.pollVoteTableMode.bulkUpsert'],
  download: ['WAWebDownloadManager.downloadManager.downloadAndMaybeDecrypt'],
  lookUp: [
    'WAWebQueryExistsJob.queryWidExists',
    'WAWebApiContact.getPhoneNumber',
    'WAWebApiContact.getCurrentLid',
  ],
  history: ['WAWebChatLoadMessages.loadEarlierMsgs', 'WAWebCollections.Msg.getMessagesById'],
  channels: [
    'WAWebLoadNewsletterPreviewChatAction?',
    'WAWebMsgDataFromModel.msgDataFromMsgModel',
    'WAWebNewsletterUpdateMsgsRecordsJob.addNewsletterMsgsRecords',
    'WAWebNewsletterSendMessageJob.sendNewsletterMessageJob',
  ],
  markRead: ['WAWebUpdateUnreadChatAction.sendSeen'],
  preview: ['WAWebLinkPreviewChatAction.getLinkPreview'],
  pairing: [
    'WAWebAltDeviceLinkingApi.setPairingType',
    'WAWebAltDeviceLinkingApi.initializeAltDeviceLinking',
    'WAWebAltDeviceLinkingApi.startAltLinkingFlow',
    'WABase64.encodeB64',
    'WAWebCompanionRegClientUtils?',
    'WAWebAdvSignatureApi?',
    'WAWebUserPrefsInfoStore.waNoiseInfo.get',
    'WAWebSignalStoreApi.waSignalStore.getRegistrationInfo',
    'WAWebUserPrefsMultiDevice.getADVSecretKey',
  ],
  timelock: ['WAWebReachoutTimelockUtils.isUserReachoutTimelocked'],
};

/** What whatsapp-web.js must have set up in the page: functions of its `WWebJS`, and those by which the page calls it. */
export const LIBRARY_NEEDS: Readonly<Partial<Record<PageCapability, readonly string[]>>> = {
  core: ['WWebJS.getChat', 'WWebJS.getChatModel', 'WWebJS.getContactModel'],
  inbound: ['WWebJS.getMessageModel', 'onAddMessageEvent'],
  sendText: ['WWebJS.sendMessage'],
  media: ['WWebJS.processMediaData', 'WWebJS.processStickerData'],
  acks: ['onMessageAckEvent'],
  reactions: ['onReaction'],
  votes: ['onPollVoteEvent'],
  markRead: ['WWebJS.sendSeen'],
};

/** Functions of the page that whatsapp-web.js must have put itself in front of, to see what they are given. */
export const HOOKED: Readonly<Partial<Record<PageCapability, string>>> = {
  reactions: 'WAWebAddonReactionTableMode.reactionTableMode.bulkUpsert',
  votes: 'WAWebAddonPollVoteTableMode.pollVoteTableMode.bulkUpsert',
};
