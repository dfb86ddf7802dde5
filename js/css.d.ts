// A style sheet is imported as its text (esbuild's `text` loader): it goes into a shadow root, not into the page.
declare module "*.css" {
  const text: string;
  export default text;
}
