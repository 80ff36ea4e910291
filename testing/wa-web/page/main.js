import './ballast.js';
import './commands.js';
import './modules.js';
import './passkey.js';
import './receiving.js';
import { requireModule } from './registry.js';
import { start } from './session.js';
import { traits } from './traits.js';

void start(() => {
  window.require = requireModule;
  window.Debug = { VERSION: traits.version };
});
