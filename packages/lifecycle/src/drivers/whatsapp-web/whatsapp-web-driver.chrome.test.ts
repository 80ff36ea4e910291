import { describeDriver } from '../../ports/driver.contract.js';
import { ChromeWorld } from './chrome-world.fixture.js';

describeDriver('whatsapp-web', () => ChromeWorld.start());
