"""The words that prompts are read by: materials, colours, wear, finish, things, and words that say nothing of these."""

MATERIAL_WORDS: dict[str, str] = {
    "leather": "leather, leathery, cowhide, rawhide, saddle, faux leather, cordovan, nappa, pleather, leatherette",
    "suede": "suede, nubuck, chamois",
    "fabric": "fabric, cloth, textile, cotton, linen, canvas, burlap, hessian, tweed, upholstery, woven, hemp, flannel",
    "denim": "denim, jeans, jean, blue jeans, chambray",
    "knit": "knit, knitted, knitting, wool, woolen, woollen, woolly, crochet, crocheted, yarn, sweater, jumper",
    "velvet": "velvet, velour, plush, velveteen",
    "silk": "silk, silken, satin fabric, satin cloth",
    "felt": "felt, felted, baize, fleece",
    "fur": "fur, furry, hair, hairy, fluffy, shaggy, teddy fur, pelt",
    "oak": "oak, oaken, wood, wooden, timber, ash wood, beech, lumber, hardwood, plywood, driftwood, teak",
    "pine": "pine, spruce, fir, larch, cedar, softwood, pine wood, birch",
    "walnut": "walnut, mahogany, rosewood, ebony, dark wood, cherry wood, cherrywood, wenge",
    "bark": "bark, tree bark, tree trunk",
    "bamboo": "bamboo, cane",
    "wicker": "wicker, rattan, basket, basketry, basket weave, straw, raffia",
    "bronze": "bronze, gunmetal",
    "copper": "copper, coppery, rose gold",
    "brass": "brass, brassy",
    "gold": "gold, golden, gilded, gilt, gold leaf, gold plated",
    "silver": "silver, silvery, pewter, platinum, sterling, silver plated",
    "steel": "steel, brushed steel, stainless, stainless steel, inox, metal, metallic, alloy, brushed metal, nickel",
    "aluminium": "aluminium, aluminum, brushed aluminium, brushed aluminum, titanium, anodized, anodised, magnesium",
    "iron": "iron, cast iron, wrought iron, tin, lead, pig iron, blackened steel, forged",
    "chrome": "chrome, chromed, chromium, mirror, polished steel, polished metal, mercury, liquid metal",
    "rust": "rust, corroded metal, corten, rusty metal, rusted metal, rusty iron, rusty steel, rusted iron",
    "marble": "marble, marbled, carrara, alabaster, travertine, onyx",
    "granite": "granite, terrazzo, speckled stone, gneiss",
    "stone": "stone, stony, rock, rocky, limestone, basalt, boulder, cobble, cobblestone, megalith, volcanic rock",
    "sandstone": "sandstone, desert rock, adobe",
    "slate": "slate, shale",
    "concrete": "concrete, cement, plaster, stucco, mortar, beton",
    "brick": "brick, bricks, brickwork, brick wall, masonry",
    "mosaic": "mosaic, tile, tiled, tiling, bathroom tiles",
    "terracotta": "terracotta, terra cotta, flowerpot, earthenware, unglazed pottery",
    "ceramic": "ceramic, pottery, stoneware, bisque, faience",
    "glazed_ceramic": "glazed ceramic, glazed, glaze, glazed pottery, majolica, celadon, enamel, enamelled, enameled",
    "porcelain": "porcelain, china, bone china, delft",
    "glass": "glass, glassy, crystal, crystalline, obsidian",
    "jade": "jade, nephrite, jadeite, malachite, emerald stone, turquoise stone, gemstone, lapis lazuli",
    "ice": "ice, icy, frozen, frost, frosted, frosty, glacier, glacial",
    "plastic": "plastic, plasticky, polymer, abs, acrylic, vinyl, toy, lego, nylon, pvc, resin, polycarbonate",
    "rubber": "rubber, rubbery, latex, silicone, neoprene, tire, tyre",
    "carbon_fibre": "carbon fibre, carbon fiber, carbon, carbonfibre, carbonfiber, kevlar",
    "paint": "paint, painted, lacquer, lacquered, car paint, metallic paint, varnished paint",
    "camouflage": "camouflage, camo, military, army pattern, woodland pattern",
    "clay": "clay, plasticine, claymation, modelling clay, play dough, putty, sculpted clay",
    "snow": "snow, snowy, snowman",
    "moss": "moss, mossy, lichen, overgrown, grass, grassy, turf, ivy, foliage, topiary, hedge",
    "sand": "sand, sandy, sandcastle, dune, desert sand",
    "lava": "lava, magma, molten, molten rock, volcanic, embers, ember",
    "mud": "mud, dirt, soil, earth, dried mud, cracked earth",
    "scales": "scales, scale, scaly, scaled, reptile, reptilian, snakeskin, snake skin, dragon skin",
    "skin": "skin, flesh, elephant skin, dinosaur skin, rhino skin, hide",
    "bone": "bone, ivory, skeleton, bony",
    "wax": "wax, waxy, candle, beeswax, soap",
    "chocolate": "chocolate, cocoa, praline",
    "paper": "paper, papier mache, cardboard, carton, origami, papery",
}
"""A material's key and the words for it. The longest match wins; plurals are read too."""

SUBJECTS: dict[str, str] = {
    "teddy": "fur", "bear": "fur", "cat": "fur", "fox": "fur", "wolf": "fur", "lion": "fur", "dog": "fur",
    "dragon": "scales", "snake": "scales", "fish": "scales", "lizard": "scales", "crocodile": "scales",
    "dinosaur": "skin", "elephant": "skin", "rhino": "skin", "hippo": "skin", "cow": "fur", "horse": "fur",
    "castle": "stone", "statue": "marble", "temple": "marble", "ruin": "stone", "gargoyle": "stone", "cliff": "stone",
    "sword": "steel", "knight": "steel", "armour": "steel", "armor": "steel", "helmet": "steel", "machine": "steel",
    "car": "paint", "truck": "paint", "bike": "paint", "robot": "paint", "spaceship": "paint", "vehicle": "paint",
    "house": "brick", "chimney": "brick", "tree": "bark", "barrel": "oak", "chair": "oak", "table": "oak",
    "boat": "oak", "chest": "oak", "crate": "pine", "boot": "leather", "shoe": "leather", "bag": "leather",
    "sofa": "fabric", "shirt": "fabric", "curtain": "velvet", "trousers": "denim", "scarf": "knit", "hat": "felt",
    "vase": "glazed_ceramic", "mug": "glazed_ceramic", "pot": "terracotta", "cup": "porcelain", "bowl": "ceramic",
    "coin": "gold", "crown": "gold", "trophy": "gold", "bell": "bronze", "anvil": "iron", "skull": "bone",
    "bottle": "glass", "duck": "rubber", "ghost": "silk", "tank": "camouflage", "volcano": "lava", "road": "concrete",
}  # fmt: skip
"""What a thing is made of when nobody says."""

COLOURS: dict[str, str] = {
    "red": "c22a24", "crimson": "a3152b", "scarlet": "d3241a", "burgundy": "5f1526", "maroon": "6a1a1c",
    "orange": "e0701c", "amber": "e2981f", "yellow": "e9c32b", "mustard": "c99a22", "lemon": "f0dd55",
    "green": "3b8a3e", "lime": "95c52e", "olive": "6b6a2c", "forest green": "23502b", "emerald": "127a52",
    "sage": "9caa87", "mint": "a4dcc0", "khaki": "a79a6b", "teal": "1b7a78", "turquoise": "2fb5ae", "cyan": "25b8cf",
    "aqua": "5fcfcf", "blue": "2a5cb0", "navy": "1c2a52", "sky blue": "84b9e6", "royal blue": "2345b5",
    "indigo": "342a7a", "cobalt": "1a3f9c", "purple": "67328f", "violet": "7b45b8", "lilac": "b9a0d6",
    "lavender": "b9aee0", "magenta": "b8267f", "pink": "e58aaa", "hot pink": "e63f8f", "rose": "d98a92",
    "salmon": "ec9079", "coral": "ec7059", "peach": "f2b894", "brown": "6d4426", "chestnut": "6e3a22",
    "tan": "b98d5f", "caramel": "b0703a", "cognac": "93501f", "sienna": "96502c", "ochre": "bf8530",
    "beige": "d6c4a4", "cream": "efe5cb", "sand coloured": "d3bd93", "white": "eeece6", "off white": "e9e4d6",
    "black": "1d1c1c", "charcoal": "37383b", "grey": "85868a", "silver grey": "aeb1b5", "anthracite": "333539",
    "petrol": "124d59", "wine red": "651a2b", "brick red": "94422f", "apricot": "f0ae74", "plum": "552048",
}  # fmt: skip
"""sRGB."""

COLOUR_SYNONYMS: dict[str, str] = {
    "gray": "grey", "reddish": "red", "greenish": "green", "bluish": "blue", "yellowish": "yellow", "brownish": "brown",
    "gray-ish": "grey", "greyish": "grey", "grayish": "grey", "purplish": "purple", "pinkish": "pink", "jet": "black",
    "ebony black": "black", "snow white": "white", "ivory white": "cream", "blackened": "black", "bordeaux": "burgundy",
    "azure": "sky blue", "navy blue": "navy", "cobalt blue": "cobalt", "wine": "wine red", "fuchsia": "magenta",
    "sky-blue": "sky blue", "baby blue": "sky blue", "light-blue": "sky blue", "olive green": "olive", "mauve": "lilac",
    "emerald green": "emerald", "lime green": "lime", "mint green": "mint", "sage green": "sage",
    "sea green": "teal", "petrol blue": "petrol", "forest": "forest green", "graphite": "charcoal", "taupe": "khaki",
    "blood red": "crimson", "cherry red": "scarlet", "ruby": "crimson", "rose red": "crimson", "sandy brown": "tan",
    "chocolate brown": "brown", "dark brown leather": "brown", "coffee": "brown", "golden yellow": "amber",
    "jade green": "emerald", "ice blue": "sky blue", "stone grey": "grey", "steel blue": "petrol", "rust red": "sienna",
    "ash grey": "grey", "slate grey": "charcoal", "copper red": "sienna", "moss green": "olive", "gold yellow": "amber",
    "silver gray": "silver grey", "brick coloured": "brick red", "sand colored": "sand coloured",
    "light gray": "silver grey", "light grey": "silver grey", "honey": "amber", "terracotta red": "sienna",
}  # fmt: skip

SHADES: dict[str, str] = {
    "dark": "dark", "deep": "dark", "darker": "dark", "black": "", "light": "light", "pale": "light", "pastel": "light",
    "lighter": "light", "bright": "vivid", "vivid": "vivid", "neon": "vivid", "saturated": "vivid", "vibrant": "vivid",
    "dull": "dull", "muted": "dull", "faded": "dull", "desaturated": "dull", "soft": "dull", "bleached": "light",
}  # fmt: skip

WEAR_WORDS: dict[str, tuple[str, float]] = {
    "old": ("wear", 0.6), "ancient": ("wear", 0.9), "antique": ("wear", 0.6), "aged": ("wear", 0.6),
    "vintage": ("wear", 0.5), "worn": ("wear", 0.75), "worn out": ("wear", 1.0), "weathered": ("wear", 0.8),
    "used": ("wear", 0.5), "battered": ("wear", 0.9), "distressed": ("wear", 0.8), "damaged": ("wear", 0.9),
    "scuffed": ("wear", 0.6), "chipped": ("wear", 0.8), "rugged": ("wear", 0.5), "well worn": ("wear", 0.8),
    "broken": ("wear", 0.8), "beaten": ("wear", 0.7), "ruined": ("wear", 0.9), "shabby": ("wear", 0.8),
    "new": ("wear", 0.0), "pristine": ("wear", 0.0), "brand new": ("wear", 0.0), "clean": ("dirt", 0.0),
    "scratched": ("scratches", 0.8), "scratches": ("scratches", 0.8), "scratch": ("scratches", 0.6),
    "scratchy": ("scratches", 0.7), "dirty": ("dirt", 0.8), "dusty": ("dirt", 0.5), "grimy": ("dirt", 0.9),
    "filthy": ("dirt", 1.0), "muddy": ("dirt", 0.9), "stained": ("dirt", 0.7), "sooty": ("dirt", 0.8),
    "grubby": ("dirt", 0.8), "rusty": ("rust", 0.65), "rusted": ("rust", 0.75), "corroded": ("rust", 0.8),
    "oxidised": ("patina", 0.8), "oxidized": ("patina", 0.8), "patina": ("patina", 0.8), "verdigris": ("patina", 0.9),
    "tarnished": ("patina", 0.6), "patinated": ("patina", 0.8), "moss covered": ("moss", 0.8),
    "overgrown": ("moss", 0.8), "mossy": ("moss", 0.65), "snow covered": ("snow", 0.8), "snowy": ("snow", 0.7),
    "cracked": ("cracks", 0.8), "crackled": ("cracks", 0.8), "craquelure": ("cracks", 0.8), "cracks": ("cracks", 0.8),
    "hammered": ("dents", 0.8), "dented": ("dents", 0.8), "dents": ("dents", 0.8), "forged": ("dents", 0.5),
    "stitched": ("stitches", 1.0), "stitches": ("stitches", 1.0), "stitch": ("stitches", 1.0),
    "stitching": ("stitches", 1.0), "sewn": ("stitches", 1.0), "seams": ("stitches", 1.0), "quilted": ("stitches", 1.0),
}  # fmt: skip
"""The trait a word speaks of, and how strongly."""

FINISHES: dict[str, str] = {
    "polished": "polished", "shiny": "polished", "glossy": "polished", "gleaming": "polished", "wet": "polished",
    "lacquered": "polished", "varnished": "polished", "mirror finish": "polished", "high gloss": "polished",
    "patent": "polished", "smooth": "polished", "glazed": "polished", "sparkling": "polished", "waxed": "satin",
    "satin": "satin", "semi gloss": "satin", "silky": "satin", "matte": "matte", "matt": "matte", "mat": "matte",
    "rough": "matte", "raw": "matte", "unpolished": "matte", "dry": "matte", "brushed": "brushed", "untreated": "matte",
}  # fmt: skip

TRAIT_MATERIALS: dict[str, tuple[str, ...]] = {
    "mossy": ("moss",), "overgrown": ("moss",), "snowy": ("snow",), "rusty": ("rust",), "forged": ("iron",),
    "glazed": ("glazed_ceramic",), "lacquered": ("paint",),
}  # fmt: skip
"""Adjectives of wear or finish that stand for a material of their own where no other is named."""

GENERIC_MATERIALS = frozenset({"steel", "stone", "oak", "fabric"})
"""What "metal", "stone", "wood" and "cloth" are read as: "marble stone" is marble."""

COVERS: dict[str, tuple[str, float]] = {
    "moss": ("moss", 0.7), "snow": ("snow", 0.7), "rust": ("rust", 0.6), "mud": ("dirt", 0.9),
}  # fmt: skip
"""Materials that lie upon others: "stone with moss" is one surface."""

NEGATIONS = frozenset({"no", "not", "without", "non", "never", "free"})
SEPARATORS = frozenset({"and", "with", "plus", "but", "while", "&", "+", ",", ";", ".", "/", ":", "|", "on", "over"})
FILLERS = frozenset(
    """a an the of in made from out is are was be its it their his her this that these those by to at as for into all
    very really quite rather slightly somewhat super extremely highly fully completely entirely partly some any few
    style styled realistic photorealistic stylized stylised cartoon texture textured textures material materials surface
    finish look looks looking like pbr 4k 8k 2k hd uhd high low quality detail detailed details resolution render
    rendering beautiful nice simple fine elegant luxury luxurious premium modern classic traditional natural organic
    color colour colored coloured colors colours toned tone tones tint tinted hue pattern patterned patterns structure
    grain grained covered coated plated lined wrapped real genuine solid pure true thick thin big small large tiny
    little
    main part parts whole model object thing game ready asset lighting light-weight studio soft-light subtle visible
    please make give me i want should have has having one two three four new-look handmade crafted handcrafted
    aesthetic design designed ornate decorative medieval futuristic sci-fi scifi fantasy gothic steampunk cyberpunk
    rustic industrial minimal minimalist retro royal cute scary epic dramatic cinematic warm cool cold""".split()  # noqa: SIM905 - a list of words is read as words
)
"""Words that say nothing about a material, a colour, a state or a part."""
