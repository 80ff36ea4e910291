/** @wakeeper/lifecycle: everything that is true without HTTP. */

export type { ContentProblem } from './domain/content-rule.js';
export {
  CONTENT_LIMITS,
  contentProblems,
  idempotencyKeyProblem,
  MIME_TYPE,
  metadataProblem,
  ttlProblem,
} from './domain/content-rule.js';
export type { Chat, ChatPlace, NumberLookup } from './domain/directory.js';
export type { ErrorCode } from './domain/errors.js';
export { ERROR_CODES, isLifecycleError, LifecycleError, messageOf } from './domain/errors.js';
export type { Fact, FactBodies, FactDraft, FactOf, FactType } from './domain/fact.js';
export { FACT_TYPES } from './domain/fact.js';
export type {
  EditFact,
  HeardMessage,
  HeardVote,
  IgnorableChat,
  InboundFact,
  InboundLocation,
  InboundMedia,
  PollVoteFact,
  ReactionFact,
  RevocationFact,
  UnreadableMessage,
} from './domain/inbound.js';
export { IGNORABLE_CHATS, MESSAGE_ID } from './domain/inbound.js';
export type { InstanceId } from './domain/instance-id.js';
export { isInstanceId, parseInstanceId } from './domain/instance-id.js';
export type { InstanceRecord } from './domain/instance-record.js';
export type { AccountIdentity, InstanceState, LastError, Rung, Wanted } from './domain/instance-state.js';
export { INSTANCE_STATES } from './domain/instance-state.js';
export type {
  Ack,
  ContactContent,
  ItemContent,
  ItemStatus,
  ListedItem,
  ListedMedia,
  LocationContent,
  MediaContent,
  MessagePayload,
  Metadata,
  PollPayload,
  QueueItem,
} from './domain/message.js';
export { ITEM_STATUSES, isOpen, listedItem } from './domain/message.js';
export type { CapabilityReport, PageCapability, PageReport } from './domain/page-report.js';
export { PAGE_CAPABILITIES, REQUIRED_CAPABILITIES } from './domain/page-report.js';
export type { PasskeyAssertion, PasskeyLink, PasskeyOptions, PasskeyStage } from './domain/passkey.js';
export { PASSKEY_STAGES, parsePasskeyAssertion } from './domain/passkey.js';
export { PASSKEY_SNIPPET, passkeySnippet } from './domain/passkey-snippet.js';
export type { ReadPhoneNumber } from './domain/phone-number.js';
export { readPhoneNumber } from './domain/phone-number.js';
export type { Receipt } from './domain/receipt.js';
export type { RecipientCheck } from './domain/recipient.js';
export { parseRecipient, RECIPIENT_CHECKS } from './domain/recipient.js';
export type { AccountRestriction } from './domain/restriction.js';
export type {
  DeliveryProgress,
  DeliveryStatus,
  RetryRule,
  Webhook,
  WebhookDelivery,
  WebhookSecret,
  WebhookStanding,
} from './domain/webhook.js';
export { DELIVERY_STATUSES, GOOD_STANDING, MESSAGE_REFUSALS, wantsFact } from './domain/webhook.js';
export type { InstanceContext } from './instance/instance-events.js';
export type { InstanceView, PageView, PasskeyView, QrView } from './instance/instance-view.js';
export type { Census } from './manager/census.js';
export type { ChatsQuery } from './manager/directory.js';
export { reaches } from './manager/host-watch.js';
export { InstanceManager } from './manager/instance-manager.js';
export type { ReadyOptions, WaitOptions } from './manager/instance-waits.js';
export type { Log } from './manager/log.js';
export type {
  CreateOptions,
  HistoryQuery,
  InstancePage,
  ListQuery,
  ManagerOptions,
  Page,
  QueueQuery,
  SendOptions,
  SubscribeFilter,
} from './manager/manager-options.js';
export type { MessageMedia } from './manager/message-media.js';
export type { Move, Observer, Place, Restart } from './manager/observer.js';
export type { OfflineAdoptionOptions } from './manager/offline-adoption.js';
export { OfflineAdoption } from './manager/offline-adoption.js';
export type { PageRules } from './manager/page-watch.js';
export { backoffCeiling, spread } from './policy/backoff.js';
export type { AcceptState, LifecycleOptions } from './policy/options.js';
export { ACCEPT_STATES, defaultOptions, resolveOptions } from './policy/options.js';
export type { PageRule, PageSelfTest } from './policy/page-policy.js';
export { everyCapability, PAGE_RULES } from './policy/page-policy.js';
export type { Clock } from './ports/clock.js';
export { systemClock } from './ports/clock.js';
export type {
  ChatsRequest,
  Driver,
  DriverEvent,
  DriverFailure,
  FailureCode,
  FetchedMessages,
  FetchMediaRequest,
  FetchMessagesRequest,
  MediaAnswer,
  NumberRequest,
  OpenRequest,
  SendReport,
  SendRequest,
  Sighting,
} from './ports/driver.js';
export { DriverError, FAILURE_CODES } from './ports/driver.js';
export type {
  FactStore,
  Heard,
  InboxStore,
  InstanceStore,
  QueueStore,
  Store,
  StoreOpening,
} from './ports/store.js';
export type { DeliveryOutcome, Lane, WebhookStore } from './ports/webhook-store.js';
