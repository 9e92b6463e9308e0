"""The shop's products, one per line: id; Russian title; English title; price in roubles; category."""

from __future__ import annotations

PRODUCT_LINES = """
pepperoni; Пицца «Пепперони»; Pepperoni pizza; 790; pizza
margherita; Пицца «Маргарита»; Margherita pizza; 640; pizza
four-cheeses; Пицца «Четыре сыра»; Four cheeses pizza; 820; pizza
hawaiian; Пицца «Гавайская»; Hawaiian pizza; 760; pizza
diavola; Пицца «Дьявола»; Diavola pizza; 840; pizza
capricciosa; Пицца «Капричоза»; Capricciosa pizza; 810; pizza
carbonara; Пицца «Карбонара»; Carbonara pizza; 850; pizza
mushroom; Пицца с грибами; Mushroom pizza; 690; pizza
vegetarian; Пицца вегетарианская; Vegetarian pizza; 680; pizza
barbecue; Пицца «Барбекю»; Barbecue pizza; 860; pizza
seafood; Пицца с морепродуктами; Seafood pizza; 990; pizza
calzone; Кальцоне; Calzone; 720; pizza
cola; Кола, 1 л; Cola, 1 l; 160; drinks
lemonade; Домашний лимонад; Homemade lemonade; 190; drinks
orange-juice; Апельсиновый сок; Orange juice; 220; drinks
apple-juice; Яблочный сок; Apple juice; 190; drinks
mineral-water; Минеральная вода; Mineral water; 110; drinks
iced-tea; Холодный чай; Iced tea; 170; drinks
kvass; Квас; Kvass; 140; drinks
berry-mors; Ягодный морс; Berry mors; 180; drinks
coffee; Кофе в зёрнах, 1 кг; Coffee beans, 1 kg; 1790; drinks
tea; Чай листовой, 200 г; Loose-leaf tea, 200 g; 490; drinks
caesar; Салат «Цезарь»; Caesar salad; 450; snacks
greek-salad; Греческий салат; Greek salad; 420; snacks
wings; Куриные крылышки; Chicken wings; 520; snacks
fries; Картофель фри; French fries; 230; snacks
garlic-bread; Чесночный хлеб; Garlic bread; 210; snacks
tiramisu; Тирамису; Tiramisu; 380; desserts
cheesecake; Чизкейк; Cheesecake; 360; desserts
ice-cream; Мороженое; Ice cream; 250; desserts
vacuum-robot; Робот-пылесос; Robot vacuum cleaner; 24990; vacuum cleaners
vacuum-cordless; Беспроводной пылесос; Cordless vacuum cleaner; 18990; vacuum cleaners
vacuum-classic; Пылесос с мешком; Bagged vacuum cleaner; 8990; vacuum cleaners
vacuum-washing; Моющий пылесос; Carpet washing vacuum cleaner; 21990; vacuum cleaners
vacuum-bags; Мешки для пылесоса; Vacuum cleaner bags; 690; vacuum cleaners
kettle; Электрический чайник; Electric kettle; 2990; kitchen
toaster; Тостер; Toaster; 3490; kitchen
blender; Блендер; Blender; 4990; kitchen
microwave; Микроволновая печь; Microwave oven; 8490; kitchen
coffee-machine; Кофемашина; Coffee machine; 32990; kitchen
multicooker; Мультиварка; Multicooker; 6990; kitchen
pizza-stone; Камень для пиццы; Pizza stone; 2490; kitchen
pizza-cutter; Нож для пиццы; Pizza cutter; 590; kitchen
frying-pan; Сковорода, 28 см; Frying pan, 28 cm; 2290; kitchen
knife-set; Набор ножей; Set of knives; 3990; kitchen
iron; Утюг; Iron; 4290; home
ironing-board; Гладильная доска; Ironing board; 2890; home
hair-dryer; Фен; Hair dryer; 2790; home
humidifier; Увлажнитель воздуха; Humidifier; 5490; home
fan-heater; Тепловентилятор; Fan heater; 2190; home
desk-lamp; Настольная лампа; Desk lamp; 1990; home
bulbs; Лампочки, 4 шт.; Light bulbs, 4 pcs; 560; home
towels; Полотенца, 3 шт.; Towels, 3 pcs; 1290; home
blanket; Плед; Blanket; 1890; home
storage-box; Ящик для хранения; Storage box; 790; home
batteries; Батарейки, 8 шт.; Batteries, 8 pcs; 390; home
detergent; Стиральный порошок, 3 кг; Washing powder, 3 kg; 840; household
dish-soap; Средство для посуды; Dish soap; 190; household
paper-towels; Бумажные полотенца; Paper towels; 260; household
sponges; Губки, 10 шт.; Sponges, 10 pcs; 150; household
"""
