import { afterEach, describe, expect, it } from 'vitest';
import { identityFrom, ownIdsInPage } from './own-identity.js';

const KNOWN = { id: '4915100000001@c.us', phoneNumber: '4915100000001', pushName: 'Ada' };
const LID = { id: '900@lid', phoneNumber: null, pushName: 'Ada' };

describe('whose page it is', () => {
  it('is said by number and lid, whichever of them the library has', () => {
    const both = { phone: '4915100000001@c.us', lid: '900@lid' };
    const whole = { ...KNOWN, lid: '900@lid' };
    expect(identityFrom(KNOWN, both)).toEqual(whole);
    expect(identityFrom(LID, both)).toEqual(whole);
    expect(identityFrom(null, both)).toEqual({ ...whole, pushName: null });
  });

  it('is said without the device, which has a number of its own', () => {
    expect(identityFrom(LID, { phone: '4915100000001:7@c.us', lid: '900:7@lid' })).toEqual({
      ...KNOWN,
      lid: '900@lid',
    });
  });

  it('is what the library says where the page says nothing, and nothing where neither does', () => {
    const nothing = { phone: null, lid: null };
    expect(identityFrom(KNOWN, nothing)).toEqual(KNOWN);
    expect(identityFrom(LID, nothing)).toEqual(LID);
    expect(identityFrom(null, { phone: null, lid: '900@lid' })).toEqual({
      id: '900@lid',
      phoneNumber: null,
      pushName: null,
      lid: '900@lid',
    });
    expect(identityFrom(null, nothing)).toBeNull();
  });
});

describe('the page', () => {
  afterEach(() => Reflect.deleteProperty(globalThis, 'require'));
  it('tells ids as text, and null for those that it does not have', () => {
    const phone = { toString: () => '4915100000001@c.us' };
    const MeUser = { getMaybeMePnUser: () => phone, getMaybeMeLidUser: () => undefined };
    Object.assign(globalThis, { require: () => MeUser });
    expect(ownIdsInPage()).toEqual({ phone: '4915100000001@c.us', lid: null });
  });
});
