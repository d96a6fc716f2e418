// Lights for a <model-viewer>: named environments. All but the first are painted here, pixel by pixel, as small
// pictures with a high range of brightness (Radiance HDR), so that no file has to be fetched for them.
(() => {
  const WIDTH = 256;
  const HEIGHT = 128;
  const RADIANS = Math.PI / 180;

  // Colors and strengths are linear light. Angles in degrees: 0 is where the model looks (+Z), 90 its left side (+X).
  // `mean` is the brightness of the whole surrounding; `size` is a lamp's radius.
  const LIGHTS = {
    neutral: { label: "Neutral", hint: "Even and without color" },
    studio: {
      label: "Studio",
      hint: "Soft boxes in a dark room: shows gloss and relief",
      mean: 0.85,
      sky: [0.2, 0.2, 0.21],
      horizon: [0.13, 0.13, 0.14],
      ground: [0.06, 0.06, 0.06],
      lamps: [
        { around: 42, up: 42, size: 24, color: [1, 0.97, 0.93], strength: 13 },
        { around: -62, up: 18, size: 30, color: [0.9, 0.95, 1], strength: 3 },
        { around: 180, up: 38, size: 18, color: [1, 1, 1], strength: 9 },
      ],
    },
    daylight: {
      label: "Daylight",
      hint: "High sun and blue sky",
      mean: 1,
      sky: [0.35, 0.58, 1],
      horizon: [0.85, 0.92, 1],
      ground: [0.26, 0.23, 0.19],
      lamps: [{ around: 38, up: 52, size: 9, color: [1, 0.94, 0.84], strength: 70 }],
    },
    evening: {
      label: "Evening",
      hint: "Low, warm sun from the side",
      mean: 0.8,
      sky: [0.16, 0.2, 0.42],
      horizon: [0.9, 0.5, 0.32],
      ground: [0.09, 0.07, 0.07],
      lamps: [{ around: 74, up: 12, size: 10, color: [1, 0.55, 0.24], strength: 60 }],
    },
    even: {
      label: "Overcast",
      hint: "The same from everywhere: for judging colors",
      mean: 1,
      sky: [1, 1, 1],
      horizon: [1, 1, 1],
      ground: [0.8, 0.8, 0.8],
      lamps: [],
    },
  };

  const mix = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);
  const point = (around, up) => [
    Math.sin(around) * Math.cos(up),
    Math.sin(up),
    Math.cos(around) * Math.cos(up),
  ];

  const shine = (lamp, direction) => {
    const cosine = direction.reduce((sum, value, i) => sum + value * lamp.direction[i], 0);
    const off = Math.acos(Math.min(1, Math.max(-1, cosine))) / RADIANS;
    return lamp.strength * Math.min(1, Math.max(0, (lamp.size * 1.15 - off) / (lamp.size * 0.3)));
  };

  const paint = (light) => {
    const lamps = light.lamps.map((lamp) => ({ ...lamp, direction: point(lamp.around * RADIANS, lamp.up * RADIANS) }));
    const pixels = [];
    for (let y = 0; y < HEIGHT; y++) {
      const up = (0.5 - (y + 0.5) / HEIGHT) * Math.PI;
      const height = Math.sin(up);
      const wall = mix(light.horizon, height > 0 ? light.sky : light.ground, Math.min(1, Math.abs(height) ** 0.6));
      for (let x = 0; x < WIDTH; x++) {
        // Three reads such a picture with +X in its middle and +Z at three quarters.
        const turn = ((x + 0.5) / WIDTH - 0.5) * 2 * Math.PI;
        const direction = [Math.cos(turn) * Math.cos(up), height, Math.sin(turn) * Math.cos(up)];
        const color = [...wall];
        for (const lamp of lamps) {
          const strength = shine(lamp, direction);
          if (strength) lamp.color.forEach((value, i) => (color[i] += value * strength));
        }
        pixels.push({ color, weight: Math.cos(up) });
      }
    }
    return scale(pixels, light.mean);
  };

  const scale = (pixels, mean) => {
    let light = 0;
    let weight = 0;
    for (const pixel of pixels) {
      light += ((pixel.color[0] + pixel.color[1] + pixel.color[2]) / 3) * pixel.weight;
      weight += pixel.weight;
    }
    return pixels.map((pixel) => pixel.color.map((value) => (value * mean * weight) / light));
  };

  // Radiance's RGBE: three mantissas with one exponent, lines not packed.
  const encode = (colors) => {
    const head = new TextEncoder().encode(`#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y ${HEIGHT} +X ${WIDTH}\n`);
    const bytes = new Uint8Array(head.length + colors.length * 4);
    bytes.set(head);
    colors.forEach((color, i) => {
      const exponent = Math.ceil(Math.log2(Math.max(...color, 1e-6)));
      const start = head.length + i * 4;
      color.forEach((value, channel) => (bytes[start + channel] = Math.min(255, (value / 2 ** exponent) * 256)));
      bytes[start + 3] = exponent + 128;
    });
    return bytes;
  };

  // The end of the address tells the library what it is.
  const addresses = {};
  const getAddress = (key) => {
    if (!LIGHTS[key]?.lamps) return null;
    addresses[key] ??= `${URL.createObjectURL(new Blob([encode(paint(LIGHTS[key]))]))}#${key}.hdr`;
    return addresses[key];
  };

  const setLight = (model, key) => {
    const known = LIGHTS[key] ? key : "neutral";
    model.dataset.light = known;
    const address = getAddress(known);
    if (address) model.setAttribute("environment-image", address);
    else model.removeAttribute("environment-image");
  };

  window.patinaStage = Object.assign(window.patinaStage ?? {}, { LIGHTS, setLight });
})();
