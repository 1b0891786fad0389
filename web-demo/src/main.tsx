/**
 * Where the page begins.
 */

import { render } from 'preact';
import { App } from './app.js';
import { register } from './offline/register.js';
import './style/index.css';

const root = document.getElementById('app');
if (root) {
  render(<App />, root);
}
// After the first paint: neither is needed for it.
addEventListener('load', () => {
  register().catch((error: unknown) => console.warn('The page will not work offline.', error));
});
