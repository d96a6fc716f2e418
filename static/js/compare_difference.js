// window.patinaDifference.draw(canvas, first, second, gain): paint how far two pictures are apart, pixel by pixel, and
// return the share of pixels that differ so much that a person can see it. Black is equal.
(() => {
  const LONGEST_PX = 1200;
  const SEEN = 10; // of 255, in any channel

  const paint = (picture, width, height) => {
    const canvas = new OffscreenCanvas(width, height);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    const scale = Math.min(width / picture.naturalWidth, height / picture.naturalHeight);
    const [wide, high] = [picture.naturalWidth * scale, picture.naturalHeight * scale];
    pen.drawImage(picture, (width - wide) / 2, (height - high) / 2, wide, high);
    return pen.getImageData(0, 0, width, height);
  };

  const subtract = (one, other, gain) => {
    const a = one.data;
    const b = other.data;
    let seen = 0;
    for (let i = 0; i < a.length; i += 4) {
      let most = 0;
      for (let channel = i; channel < i + 3; channel++) {
        const apart = Math.abs(a[channel] - b[channel]);
        if (apart > most) most = apart;
        a[channel] = apart * gain; // the array clamps
      }
      if (most > SEEN) seen++;
    }
    return seen / (a.length / 4);
  };

  const wait = async (picture) => {
    if (!picture.complete) await new Promise((done) => ["load", "error"].forEach((name) => picture.addEventListener(name, done, { once: true })));
    if (!picture.naturalWidth) throw new Error("This picture did not come.");
  };

  const draw = async (canvas, first, second, gain) => {
    await Promise.all([wait(first), wait(second)]);
    const scale = Math.min(1, LONGEST_PX / Math.max(first.naturalWidth, first.naturalHeight));
    const [width, height] = [first.naturalWidth, first.naturalHeight].map((length) => Math.max(1, Math.round(length * scale)));
    const pixels = paint(first, width, height);
    const share = subtract(pixels, paint(second, width, height), gain);
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return share;
  };

  window.patinaDifference = { draw };
})();
