import './ballast.js';
import './commands.js';
import './passkey.js';
import './receiving.js';
import { requireModule } from './modules.js';
import { start } from './session.js';

void start(() => {
  window.require = requireModule;
  window.Debug = { VERSION: '2.3000.1031000000' };
});
